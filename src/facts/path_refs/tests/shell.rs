//! Paths in shell scripts.

use super::{resolved, survives, table};

#[test]
fn paths_are_built() {
    table(
        "a.sh",
        &[
            ("cat m/x.yml", &["m/x.yml@1:5 read opened"]),
            (
                "cat \"$DIR/m/x.yml\" \"$DIR\"/m/y.yml ${DIR}/m/z.yml",
                &["?/m/x.yml@1:5 read opened", "?/m/y.yml@1:20 read opened", "?/m/z.yml@1:35 read opened"],
            ),
            ("D=m\nF=\"$D/x.yml\"\ncat $F", &["m/x.yml@2:3 read opened"]),
            ("D=m; D=n; cat $D/x.yml", &["?/x.yml@1:15 read opened"]),
            ("f() { local D=m; cat $D/x.yml; }; cat $D/y.yml", &["m/x.yml@1:22 read opened", "?/y.yml@1:39 read opened"]),
            ("D=m; read -r D; cat $D/x.yml", &["?/x.yml@1:21 read opened"]),
            ("D=m; D+=n; cat $D/x.yml", &["?/x.yml@1:16 read opened"]),
            ("cat ${D:-m}/x.yml", &["?/x.yml@1:5 read opened", "m/x.yml@1:5 read opened"]),
            ("cat ${D:-/usr/m}/x.yml", &["?/x.yml@1:5 read opened"]),
            ("for n in a b; do cat m/$n.yml; done", &["m/a.yml@1:22 read opened", "m/b.yml@1:22 read opened"]),
            (
                "A=(m/a.yml m/b.yml)\nfor n in \"${A[@]}\"; do cat $n; done",
                &["m/a.yml@1:4 read opened", "m/b.yml@1:12 read opened"],
            ),
            ("x --config=m/x.yml K=m/y.yml -f m/z.yml", &["m/x.yml@1:3", "m/y.yml@1:20", "m/z.yml@1:33"]),
            ("x K=\"$D/m/x.yml\" --k=\"m/y.yml\"", &["?/m/x.yml@1:3", "m/y.yml@1:18"]),
            ("x 'm/x y.yml' m/a\\ b.yml ~/m/z.yml", &["m/x y.yml@1:3", "m/a b.yml@1:15", "?/m/z.yml@1:26"]),
        ],
    );
}

#[test]
fn the_scripts_own_directory_is_known() {
    let tree = ["bin/lib/x.sh", "lib/x.sh", "conf/x.sh"];
    for (code, expected) in [
        ("source \"$(dirname \"$0\")/lib/x.sh\"", "bin/lib/x.sh@1"),
        (". $(dirname $0)/../conf/x.sh", "conf/x.sh@1"),
        ("D=\"$(cd \"$(dirname \"${BASH_SOURCE[0]}\")\" >/dev/null && pwd)\"\n. \"$D/lib/x.sh\"", "bin/lib/x.sh@2"),
        ("D=${0%/*}\n. $D/lib/x.sh", "bin/lib/x.sh@2"),
        ("R=$(realpath \"$0\")\n. \"$(dirname \"$R\")/gone.sh\"", "bin/gone.sh@2"),
        ("D=`dirname $0`\n. $D/$1", "?@2"),
        // It runs anywhere.
        ("source ./lib/x.sh", "lib/x.sh@1, bin/lib/x.sh@1"),
        ("cat \"$(dirname \"$0\")/lib/x.sh\"", "lib/x.sh@1, bin/lib/x.sh@1"),
    ] {
        assert_eq!(resolved("bin/a.sh", code, "**/*.sh", &tree).join(", "), expected, "{code}");
    }
}

#[test]
fn commands_read_and_write() {
    table(
        "a.sh",
        &[
            ("x <m/a >m/b 2>>m/c 2>&1", &["m/a@1:4 read opened", "m/b@1:9 write opened", "m/c@1:16 write opened"]),
            (
                "cp -r m/a \"$T/m/b\"; mv m/c m/d",
                &["m/a@1:7 read opened", "?/m/b@1:11 write opened", "m/c@1:24 read opened", "m/d@1:28 write opened"],
            ),
            ("sudo -E rm -rf m/a; mkdir -p m/b", &["m/a@1:16 write opened", "m/b@1:30 write opened"]),
            ("[ -f m/a ] && test -d m/b && [[ -e m/c ]]", &["m/a@1:6 opened", "m/b@1:23 opened", "m/c@1:36 opened"]),
            (
                "./m/run.sh m/a; exec \"$D/m/run.sh\"; bash m/b.sh m/c",
                &["m/run.sh@1:1 read opened", "m/a@1:12", "?/m/run.sh@1:22 read opened", "m/b.sh@1:42 read opened", "m/c@1:49"],
            ),
            ("curl -o m/a https://host/m/b", &["m/a@1:9 write opened"]),
            ("docker run -v \"$PWD/m/a:/etc/a\" -v ./m/b:/b x", &["?/m/a@1:15", "m/b@1:36"]),
            (
                "jq -r '.m/x' m/a.json; sed -i -e 's/m/x/' m/b; grep -rn m/x m/c",
                &["m/a.json@1:14 read opened", "m/b@1:43 read opened", "m/c@1:61 read opened"],
            ),
        ],
    );
}

#[test]
fn words_for_people_are_no_paths() {
    table(
        "a.sh",
        &[
            ("# m/x\necho m/x \"$D/m/x\"; printf 'm/x\\n'; log_info \"m/x\"; warn m/x", &[]),
            ("cat <<X\nm/x\nX\ncat <<< m/x", &[]),
            ("[[ $a =~ ^m/x$ ]]", &[]),
            ("case $a in m/*) ;; esac", &[]),
        ],
    );
}

#[test]
fn bare_words_are_files_where_something_is_done_with_them() {
    let tree = ["bin/set", "bin/logs", "bin/VERSION", "bin/x.yml"];
    for (code, expected) in [
        ("set -e; docker logs a; trigger=logs; echo VERSION", ""),
        ("cat VERSION; [ -f VERSION ] && test -r logs; source logs", "bin/VERSION@1, bin/VERSION@1, bin/logs@1, bin/logs@1"),
        ("run $DIR/logs; run x.yml", "bin/logs@1, bin/x.yml@1"),
    ] {
        assert_eq!(resolved("a.sh", code, "bin/*", &tree).join(", "), expected, "{code}");
    }
}

#[test]
fn wildcards_read_what_they_match() {
    let tree = ["m/a.sql", "m/b.sql", "m/c.txt", "m/deep/d.sql"];
    for (code, expected) in [
        ("for f in m/*.sql; do cat $f; done", "m/a.sql@1, m/b.sql@1"),
        ("cat \"$D\"/m/a*.sql", "m/a.sql@1"),
        ("ls m", "m/a.sql@1, m/b.sql@1"),
        ("find m -type f -name '*.sql'", "m/a.sql@1, m/b.sql@1, m/deep/d.sql@1"),
        ("find m n -name 'd.*' -o -name x", "?@1, m/a.sql@1, m/b.sql@1, m/deep/d.sql@1"),
        ("cp -r m /srv", "m/a.sql@1, m/b.sql@1, m/deep/d.sql@1"),
        ("cat 'm/*.sql'", "?@1"),
        ("find . -name '*.sql' -exec cat {} +", "?@1"),
    ] {
        let mut found = resolved("a.sh", code, "m/**/*.sql", &tree);
        found.sort();
        assert_eq!(found.join(", "), expected, "{code}");
    }
}

#[test]
fn hostile_scripts_neither_hang_nor_overflow() {
    const N: usize = 10_000;
    survives("a.sh", format!("cat {}", "\"$(dirname ".repeat(N)));
    survives("a.sh", format!("cat {}", "m/*.sql ".repeat(N)));
    survives("a.sh", format!("find {} -name x", "m ".repeat(N)));
    survives("a.sh", (1..N).map(|n| format!("A{n}=\"$A{}/x\"\n", n - 1)).collect());
    survives("a.sh", format!("sed {}", "-e m/x ".repeat(N)));
    survives("a.sh", format!("for n in {}; do cat m/$n; done", "a ".repeat(N)));
    survives("a.sh", "sudo ".repeat(N));
    survives("a.sh", format!("A=({})\n{}", "m/x ".repeat(64), "for n in \"${A[@]}\"; do cat \"$n/y\"; done\n".repeat(N / 10)));
}
