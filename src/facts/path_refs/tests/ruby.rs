//! Paths in Ruby.

use super::table;

#[test]
fn paths_are_built() {
    table(
        "a.rb",
        &[
            ("A = File.join('m', 'x.json')", &["m/x.json@1:5"]),
            ("A = File.join(__dir__, '..', 'm', 'x.json')", &["?/m/x.json@1:5"]),
            ("A = Rails.root.join('m', 'x.json')", &["?/m/x.json@1:5"]),
            ("A = Pathname.new(d).join('m/x.json')", &["?/m/x.json@1:5"]),
            ("A = Pathname('m') / 'x.json'", &["m/x.json@1:5"]),
            ("A = File.expand_path('../m/x.json', __FILE__)", &["?/m/x.json@1:5"]),
            ("A = File.expand_path('m/x.json', __dir__).freeze", &["?/m/x.json@1:5"]),
            ("A = \"#{root}/m/x.json\"", &["?/m/x.json@1:5"]),
            ("A = root + '/m/x.json'", &["?/m/x.json@1:5"]),
            ("A = '%s/m/x.json' % root", &["?/m/x.json@1:5"]),
            ("A = %w[m/x.json m/y.json]", &["m/x.json@1:8", "m/y.json@1:17"]),
            ("D = 'm'.freeze\nA = File.join(D, 'x.json')", &["m/x.json@2:5"]),
            ("module C\n  D = 'm'\nend\nA = File.join(C::D, 'x.json')", &["m/x.json@4:5"]),
            ("%w[x y].each { |n| File.read(\"m/#{n}.json\") }", &["m/x.json@1:30 read opened", "m/y.json@1:30 read opened"]),
            ("A = \"m/#{n}.json\"", &["m|*.json@1:5"]),
            ("A = parts.join('/')", &[]),
            ("A = a / b", &[]),
            ("# m/x.json\n=begin\nm/y.json\n=end\n", &[]),
        ],
    );
}

#[test]
fn calls_tell_what_a_file_is_used_for() {
    table(
        "a.rb",
        &[
            ("File.read('m/x.json')", &["m/x.json@1:11 read opened"]),
            ("YAML.load_file(Rails.root.join('m/x.yml'))", &["?/m/x.yml@1:16 read opened"]),
            ("JSON.parse(File.read('m/x.json'))", &["m/x.json@1:22 read opened"]),
            ("File.write('m/x.json', s)", &["m/x.json@1:12 write opened"]),
            ("File.open('m/x.json', 'w') { |f| f << s }", &["m/x.json@1:11 write opened"]),
            ("File.open('m/x.json')", &["m/x.json@1:11 read opened"]),
            ("FileUtils.cp('m/x.json', 'm/y.json')", &["m/x.json@1:14 read opened", "m/y.json@1:26 write opened"]),
            ("Rails.root.join('m/x.json').read", &["?/m/x.json@1:1 read opened"]),
            ("f = 'm/x.json'\nFile.read(f)", &["m/x.json@1:5 read opened"]),
            ("File.exist?('m/x.json')", &["m/x.json@1:13"]),
            ("load_registry('m/x.json')", &["m/x.json@1:15 read opened"]),
            ("puts 'm/x.json'; raise \"no m/y.json\"; logger.info('m/z.json')", &[]),
            ("raise ArgumentError, 'm/x.json'", &[]),
        ],
    );
}

#[test]
fn code_is_required() {
    table(
        "lib/a.rb",
        &[
            ("require_relative 'm/x'", &["m/x.rb@1:18 read opened relative 0"]),
            ("require_relative '../m/x.rb'", &["m/x.rb@1:18 read opened relative 1"]),
            ("require 'm/x'", &["m/x.rb@1:9 read opened"]),
            ("require File.expand_path('../m/x', __FILE__)", &["m/x.rb@1:9 read opened relative 0"]),
            ("load File.join(__dir__, '..', 'm', 'x.rb')", &["m/x.rb@1:6 read opened relative 1"]),
            ("autoload :X, 'm/x'", &["m/x.rb@1:14 read opened"]),
        ],
    );
}
