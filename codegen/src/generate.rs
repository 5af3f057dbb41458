//! The pipeline: load, lint, lower, progenitor, adapt, emit; then all files of all specs, or none.

use std::collections::BTreeSet;
use std::fs;
use std::io::Write as _;
use std::panic;
use std::path::{Path, PathBuf};
use std::sync::Once;

use progenitor::{CrateVers, GenerationSettings, Generator, InterfaceStyle, TagStyle, TypeImpl};
use serde::Deserialize as _;

use crate::adapt::adapt;
use crate::api::Api;
use crate::emit::{Output, emit};
use crate::lint::lint;
use crate::load::{Document, Problem, load};
use crate::lower::{Lowered, lower};
use crate::names;
use crate::spec::Spec;

/// Where generated files stand below a crate.
const GENERATED: &str = "src/generated";

/// The generated files of one crate.
#[derive(Debug)]
pub struct Package {
    /// Name of the API and its crate folder.
    pub name: String,
    /// Its files.
    pub files: Vec<Output>,
}

/// Loads and lints one spec and resolves it.
pub fn read(path: &Path) -> Result<Api, Vec<Problem>> {
    let document = load(path)?;
    let problems = lint(&document);
    if !problems.is_empty() {
        return Err(problems);
    }
    let name = path.file_stem().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    resolve(&name, document)
}

/// Decodes a document that lint has passed.
pub fn resolve(name: &str, document: Document) -> Result<Api, Vec<Problem>> {
    let spec = Spec::deserialize(&document.root).map_err(|error| vec![whole(&document.file, &error.to_string())])?;
    Api::new(name, spec).map_err(|message| vec![whole(&document.file, &message)])
}

/// Generates one API's files.
pub fn generate(api: &Api) -> Result<Package, String> {
    let lowered = lower(api)?;
    let file = run_progenitor(api, &lowered)?;
    let adapted = adapt(api, &lowered, file)?;
    Ok(Package { name: api.name.clone(), files: emit(api, adapted)? })
}

/// Reads and generates every spec of a folder. Nothing is written.
pub fn generate_all(specs: &Path) -> Result<Vec<Package>, Vec<Problem>> {
    let mut packages = Vec::new();
    let mut problems = Vec::new();
    for path in spec_files(specs)? {
        match read(&path) {
            Ok(api) => match generate(&api) {
                Ok(package) => packages.push(package),
                Err(message) => problems.push(whole(&path.display().to_string(), &message)),
            },
            Err(mut found) => problems.append(&mut found),
        }
    }
    if problems.is_empty() { Ok(packages) } else { Err(problems) }
}

/// The specs of a folder, sorted.
pub fn spec_files(specs: &Path) -> Result<Vec<PathBuf>, Vec<Problem>> {
    let entries = fs::read_dir(specs).map_err(|error| vec![whole(&specs.display().to_string(), &error.to_string())])?;
    let mut files: Vec<PathBuf> = entries
        .filter_map(|entry| entry.ok().map(|entry| entry.path()))
        .filter(|path| path.extension().is_some_and(|ending| ending == "yaml" || ending == "yml"))
        .collect();
    files.sort();
    if files.is_empty() {
        return Err(vec![whole(&specs.display().to_string(), "no spec (*.yaml) in this folder")]);
    }
    Ok(files)
}

fn whole(file: &str, message: &str) -> Problem {
    Problem {
        file: file.to_owned(),
        line: 1,
        column: 1,
        pointer: String::new(),
        message: message.to_owned(),
        help: "see spec/README.md for what a spec may say".to_owned(),
    }
}

/// Lets progenitor write types and builders. A panic of its becomes a message.
fn run_progenitor(api: &Api, lowered: &Lowered) -> Result<syn::File, String> {
    let document: openapiv3::OpenAPI = serde_json::from_value(lowered.document.clone())
        .map_err(|error| format!("the lowered spec is not OpenAPI 3.0: {error}"))?;

    // Tokens cannot leave their thread, so the code travels as text.
    let code = quietly(|| Generator::new(&settings(api)).generate_tokens(&document).map(|tokens| tokens.to_string()))
        .map_err(|panic| format!("progenitor cannot take this spec (it stopped with \"{panic}\")"))?
        .map_err(|error| format!("progenitor cannot take this spec: {error}"))?;
    syn::parse_file(&code).map_err(|error| format!("progenitor wrote what is not Rust: {error}"))
}

/// How progenitor writes: builders, ordered maps, and our types where theirs would be too strict.
fn settings(api: &Api) -> GenerationSettings {
    let mut settings = GenerationSettings::new();
    settings
        .with_interface(InterfaceStyle::Builder)
        .with_tag(TagStyle::Merged)
        .with_derive("PartialEq")
        .with_map_type("::std::collections::BTreeMap")
        .with_crate("rosterkit_core", CrateVers::Any, None)
        .with_crate("std", CrateVers::Any, None);
    for (name, _) in api.enums() {
        let path = format!("crate::generated::types::{}", names::pascal(name));
        settings.with_replacement(names::pascal(name), path, [TypeImpl::Display, TypeImpl::FromStr].into_iter());
    }
    settings
}

/// Name of the thread that progenitor runs on.
const WORKER: &str = "progenitor";

/// Runs something that may panic, on a thread of its own whose panics are not printed but returned.
fn quietly<T: Send>(run: impl FnOnce() -> T + Send) -> Result<T, String> {
    static SILENCED: Once = Once::new();
    SILENCED.call_once(|| {
        let usual = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            if std::thread::current().name() != Some(WORKER) {
                usual(info);
            }
        }));
    });
    std::thread::scope(|scope| {
        let worker = std::thread::Builder::new()
            .name(WORKER.to_owned())
            // Schemas refer to each other deeply, and typify follows by recursion.
            .stack_size(64 << 20)
            .spawn_scoped(scope, run)
            .map_err(|error| error.to_string())?;
        worker.join().map_err(|panic| message(&*panic))
    })
}

fn message(panic: &(dyn std::any::Any + Send)) -> String {
    match (panic.downcast_ref::<&str>(), panic.downcast_ref::<String>()) {
        (Some(text), _) => (*text).to_owned(),
        (None, Some(text)) => text.clone(),
        (None, None) => "no message".to_owned(),
    }
}

/// What differs between the packages and the files below `crates`.
#[derive(Debug, Default)]
pub struct Difference {
    /// Files to write, with their text.
    pub stale: Vec<(PathBuf, String)>,
    /// Files that nothing generates any more.
    pub extra: Vec<PathBuf>,
}

impl Difference {
    /// Whether everything is as generated.
    pub fn is_empty(&self) -> bool {
        self.stale.is_empty() && self.extra.is_empty()
    }
}

/// Compares the packages with the files below `crates`.
pub fn compare(packages: &[Package], crates: &Path) -> Result<Difference, String> {
    let mut difference = Difference::default();
    for package in packages {
        let root = crates.join(&package.name);
        if !root.join("Cargo.toml").is_file() {
            return Err(format!(
                "{}: no crate for the spec of this name; add a Cargo.toml and src/lib.rs there first (see CONTRIBUTING.md)",
                root.display()
            ));
        }
        let folder = root.join(GENERATED);
        let mut expected = BTreeSet::new();
        for file in &package.files {
            let path = folder.join(file.name);
            if fs::read_to_string(&path).ok().as_deref() != Some(file.text.as_str()) {
                difference.stale.push((path.clone(), file.text.clone()));
            }
            expected.insert(path);
        }
        if let Ok(entries) = fs::read_dir(&folder) {
            let mut found: Vec<PathBuf> = entries.filter_map(|entry| entry.ok().map(|entry| entry.path())).collect();
            found.sort();
            difference.extra.extend(found.into_iter().filter(|path| !expected.contains(path)));
        }
    }
    Ok(difference)
}

/// Writes what differs. Each file is complete beside its place before the first one is put there.
pub fn write(difference: &Difference) -> Result<(), String> {
    let failed = |path: &Path, error: &dyn std::fmt::Display| format!("{}: {error}", path.display());
    let mut staged = Vec::new();
    for (path, text) in &difference.stale {
        let folder = path.parent().ok_or_else(|| failed(path, &"has no folder"))?;
        fs::create_dir_all(folder).map_err(|error| failed(folder, &error))?;
        let mut file = tempfile::Builder::new()
            .prefix(".generated-")
            .permissions_like_source()
            .tempfile_in(folder)
            .map_err(|error| failed(path, &error))?;
        file.write_all(text.as_bytes()).map_err(|error| failed(path, &error))?;
        staged.push((file, path));
    }
    for (file, path) in staged {
        file.persist(path).map_err(|error| failed(path, &error.error))?;
    }
    for path in &difference.extra {
        let removed = if path.is_dir() { fs::remove_dir_all(path) } else { fs::remove_file(path) };
        removed.map_err(|error| failed(path, &error))?;
    }
    Ok(())
}

/// Source files are readable by everyone, unlike temporary ones.
trait SourcePermissions {
    fn permissions_like_source(&mut self) -> &mut Self;
}

impl SourcePermissions for tempfile::Builder<'_, '_> {
    #[cfg(unix)]
    fn permissions_like_source(&mut self) -> &mut Self {
        use std::os::unix::fs::PermissionsExt as _;
        self.permissions(fs::Permissions::from_mode(0o644))
    }

    #[cfg(not(unix))]
    fn permissions_like_source(&mut self) -> &mut Self {
        self
    }
}
