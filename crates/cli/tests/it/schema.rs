//! Every JSON output against `schema/report.schema.json`.

use std::borrow::Cow;
use std::sync::OnceLock;

use boon::{Compiler, SchemaIndex, Schemas};
use serde_json::Value;

use crate::harness::{Run, hivekey, root};

struct Shapes {
    schemas: Schemas,
    report: SchemaIndex,
    source_line: SchemaIndex,
    decoded: SchemaIndex,
    key_line: SchemaIndex,
    match_report: SchemaIndex,
    match_line: SchemaIndex,
    firmware: SchemaIndex,
    explanation: SchemaIndex,
    carve_report: SchemaIndex,
    carve_line: SchemaIndex,
}

fn shapes() -> &'static Shapes {
    static SHAPES: OnceLock<Shapes> = OnceLock::new();
    SHAPES.get_or_init(|| {
        let text = std::fs::read_to_string(root().join("schema/report.schema.json")).unwrap();
        let mut compiler = Compiler::new();
        compiler.enable_format_assertions();
        compiler.add_resource("report.schema.json", serde_json::from_str(&text).unwrap()).unwrap();
        let mut schemas = Schemas::new();
        let mut compile = |at: &str| compiler.compile(&format!("report.schema.json{at}"), &mut schemas).unwrap();
        let report = compile("");
        let source_line = compile("#/$defs/source_line");
        let decoded = compile("#/$defs/decoded");
        let key_line = compile("#/$defs/key_line");
        let match_report = compile("#/$defs/match_report");
        let match_line = compile("#/$defs/match_line");
        let firmware = compile("#/$defs/firmware");
        let explanation = compile("#/$defs/explanation");
        let carve_report = compile("#/$defs/carve_report");
        let carve_line = compile("#/$defs/carve_line");
        Shapes {
            schemas,
            report,
            source_line,
            decoded,
            key_line,
            match_report,
            match_line,
            firmware,
            explanation,
            carve_report,
            carve_line,
        }
    })
}

/// Holds what a run wrote against the schema, if it was asked for JSON.
pub fn check(args: &[Cow<'_, str>], run: &Run) {
    let format = args.windows(2).find(|pair| pair[0] == "--format").map(|pair| pair[1].as_ref());
    let to_file = args.iter().any(|arg| arg == "-o" || arg == "--output");
    let (Some("json" | "jsonl"), false) = (format, to_file) else { return };
    let shapes = shapes();
    let shape = match (args[0].as_ref(), format) {
        ("report", Some("json")) => shapes.report,
        ("report", _) => shapes.source_line,
        ("decode", _) => shapes.decoded,
        ("ls", _) => shapes.key_line,
        ("match", Some("json")) => shapes.match_report,
        ("match", _) => shapes.match_line,
        ("firmware", _) => shapes.firmware,
        ("explain", Some("jsonl")) => shapes.explanation,
        ("carve", Some("json")) => shapes.carve_report,
        ("carve", _) => shapes.carve_line,
        _ => return,
    };
    for value in serde_json::Deserializer::from_slice(&run.stdout).into_iter() {
        let value: Value = value.unwrap();
        if let Err(error) = shapes.schemas.validate(&value, shape) {
            panic!("{args:?}: {error:#}\n{value:#}");
        }
    }
}

#[test]
fn the_schema_refuses_what_is_not_in_the_contract() {
    let report = hivekey(["report", "--format", "json", "testdata/server2019-backup"]).run().json();
    let shapes = shapes();
    let refuses = |change: fn(&mut Value)| {
        let mut changed = report.clone();
        change(&mut changed);
        assert_ne!(changed, report);
        shapes.schemas.validate(&changed, shapes.report).is_err()
    };
    assert!(refuses(|report| report["schema_version"] = 2.into()));
    assert!(refuses(|report| report["sources"][0]["status"] = "fine".into()));
    assert!(refuses(|report| report["sources"][0]["installations"][0]["windows"]["build"] = 17763.into()));
    assert!(refuses(|report| report["sources"][0]["installations"][0]["product_keys"][0]["key"] = "N69G4".into()));
    assert!(refuses(|report| report["sources"][0]["new"] = Value::Null));
    assert!(refuses(|report| drop(report["sources"][0].as_object_mut().unwrap().remove("error"))));
}
