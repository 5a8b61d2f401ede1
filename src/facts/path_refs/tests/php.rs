//! Paths in PHP.

use super::table;

#[test]
fn paths_are_built() {
    table(
        "a.php",
        &[
            ("<?php $a = __DIR__ . '/m/x.json';", &["?/m/x.json@1:12"]),
            ("<?php $a = __DIR__ . '/../m/' . 'x.json';", &["?/m/x.json@1:12"]),
            ("<?php $a = dirname(__DIR__) . '/m/x.json';", &["?/m/x.json@1:12"]),
            (
                "<?php $a = dirname(__FILE__, 2) . DIRECTORY_SEPARATOR . 'm' . DIRECTORY_SEPARATOR . 'x.json';",
                &["?/m/x.json@1:12"],
            ),
            ("<?php $a = \"$root/m/x.json\";", &["?/m/x.json@1:12"]),
            ("<?php $a = \"{$this->root}/m/x.json\";", &["?/m/x.json@1:12"]),
            ("<?php $a = sprintf('%s/m/x.json', $root);", &["?/m/x.json@1:12"]),
            ("<?php const D = 'm'; $a = D . '/x.json';", &["m/x.json@1:27"]),
            ("<?php class C { const D = 'm'; function f() { return self::D . '/x.json'; } }", &["m/x.json@1:54"]),
            ("<?php $d = 'm'; $a = $d . '/x.json';", &["m/x.json@1:22"]),
            ("<?php $a = base_path('m/x.json');", &["?/m/x.json@1:12"]),
            ("<?php $a = config_path('x.php');", &["?/config/x.php@1:12"]),
            ("<?php $a = ['m/x.json', 'k' => 'm/y.json'];", &["m/x.json@1:13", "m/y.json@1:32"]),
            (
                "<?php foreach (['x', 'y'] as $n) { readfile(\"m/$n.json\"); }",
                &["m/x.json@1:45 read opened", "m/y.json@1:45 read opened"],
            ),
            ("<?php // m/x.json\n/* m/y.json */ # m/z.json\n", &[]),
            ("<p>m/x.json</p><?= file_get_contents('m/y.json') ?>", &["m/y.json@1:38 read opened"]),
        ],
    );
}

#[test]
fn calls_tell_what_a_file_is_used_for() {
    table(
        "a.php",
        &[
            ("<?php file_get_contents('m/x.json');", &["m/x.json@1:25 read opened"]),
            ("<?php json_decode(file_get_contents(__DIR__ . '/m/x.json'));", &["?/m/x.json@1:37 read opened"]),
            ("<?php file_put_contents('m/x.json', $s);", &["m/x.json@1:25 write opened"]),
            (
                "<?php fopen('m/x.json', 'w'); fopen('m/y.json', 'r');",
                &["m/x.json@1:13 write opened", "m/y.json@1:37 read opened"],
            ),
            ("<?php $f = 'm/x.json'; readfile($f);", &["m/x.json@1:12 read opened"]),
            ("<?php copy('m/x.json', 'm/y.json');", &["m/x.json@1:12 read opened", "m/y.json@1:24 write opened"]),
            (
                "<?php Yaml::parseFile('m/x.yml'); File::get('m/y.json');",
                &["m/x.yml@1:23 read opened", "m/y.json@1:45 read opened"],
            ),
            ("<?php file_exists('m/x.json');", &["m/x.json@1:19"]),
            (
                "<?php echo 'm/x.json'; throw new Exception('m/y.json'); error_log('m/z.json'); $this->logger->info('m/a.json');",
                &[],
            ),
        ],
    );
}

#[test]
fn code_is_included() {
    table(
        "app/a.php",
        &[
            ("<?php require __DIR__ . '/m/x.php';", &["m/x.php@1:15 read opened relative 0"]),
            ("<?php require_once(dirname(__DIR__) . '/m/x.php');", &["m/x.php@1:20 read opened relative 1"]),
            ("<?php include 'm/x.php';", &["m/x.php@1:15 read opened"]),
            ("<?php include_once '../m/x.php';", &["m/x.php@1:20 read opened relative 1"]),
            ("<?php $c = require $root . '/m/x.php';", &["?/m/x.php@1:20 read opened"]),
        ],
    );
}
