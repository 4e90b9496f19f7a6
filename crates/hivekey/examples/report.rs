//! Prints the report of the paths given as JSON.
fn main() {
    let options = hivekey::Options::new();
    hivekey::inspect_each(std::env::args_os().skip(1), &options, |source| {
        let _ = serde_json::to_writer_pretty(std::io::stdout(), &source);
        std::ops::ControlFlow::Continue(())
    });
}
