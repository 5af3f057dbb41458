//! A Python wheel as an archive of sources: read within limits, never run, nothing written to disk.

use std::borrow::Cow;
use std::fs::File;
use std::io::Read as _;
use std::path::Path;

use zip::ZipArchive;
use zip::result::ZipError;

/// Largest wheel in bytes. The largest known one has 32 MB.
const FILE: u64 = 256 << 20;
/// Largest source file in bytes once it is decompressed. The largest known one has 1.6 MB.
const ENTRY: u64 = 16 << 20;
/// Most bytes that are decompressed from one wheel. The sources of the largest known one have 113 MB.
const TOTAL: u64 = 512 << 20;
/// What a caller gives instead of what was refused.
const HELP: &str =
    "give a wheel of the official SDK, as `pip download PureCloudPlatformClientV2 --no-deps` puts it into a folder";

/// A wheel that is open.
pub struct Wheel {
    file: String,
    archive: ZipArchive<File>,
    names: Vec<String>,
    left: u64,
    /// The distribution's name.
    pub name: String,
    /// Its version.
    pub version: String,
    /// The folder of the package that has the sources.
    package: String,
}

impl Wheel {
    /// Opens a wheel and finds the package of the SDK in it.
    ///
    /// # Errors
    /// A file that cannot be read, is not an archive, is too large, is not a wheel or has no SDK in it.
    pub fn open(path: &Path) -> Result<Wheel, String> {
        let file = path.display().to_string();
        let refuse = |why: String| format!("{file}: not a wheel of the SDK: {why}; {HELP}");
        let unreadable = |error: std::io::Error| format!("{file}: cannot be read: {error}; {HELP}");
        let handle = File::open(path).map_err(unreadable)?;
        let metadata = handle.metadata().map_err(unreadable)?;
        if metadata.is_dir() {
            return Err(refuse("it is a folder".to_owned()));
        }
        if metadata.len() > FILE {
            return Err(refuse(format!("{} bytes, more than the limit of {FILE}", metadata.len())));
        }
        let archive = ZipArchive::new(handle).map_err(|error| match error {
            ZipError::InvalidArchive(_) => refuse("it is not a zip archive, or is incomplete".to_owned()),
            other => refuse(other.to_string()),
        })?;

        let names = archive.file_names().map(|name| name.map(Cow::into_owned)).collect::<Result<Vec<String>, _>>();
        let mut names = names.map_err(|error| refuse(error.to_string()))?;
        names.sort_unstable();
        let top = |ending: &str| -> Vec<&str> {
            let folders = names.iter().filter_map(|name| name.strip_suffix(ending));
            folders.filter(|folder| !folder.is_empty() && !folder.contains('/')).collect()
        };
        let metadata = match top(".dist-info/METADATA").as_slice() {
            [only] => format!("{only}.dist-info/METADATA"),
            [] => return Err(refuse("it has no `*.dist-info/METADATA`".to_owned())),
            _ => return Err(refuse("it has more than one `*.dist-info/METADATA`".to_owned())),
        };
        let package = match top("/models/__init__.py").as_slice() {
            [only] => (*only).to_owned(),
            [] => return Err(refuse("it has no package with `models/__init__.py`".to_owned())),
            _ => return Err(refuse("more than one of its packages has `models/__init__.py`".to_owned())),
        };

        let mut wheel = Wheel {
            file: file.clone(),
            archive,
            names,
            left: TOTAL,
            name: String::new(),
            version: String::new(),
            package,
        };
        let text = wheel.text(&metadata)?;
        let header = |key: &str| {
            let line = text.lines().take_while(|line| !line.is_empty()).find_map(|line| line.strip_prefix(key));
            line.map(|value| value.trim().to_owned()).filter(|value| !value.is_empty())
        };
        let (name, version) = (header("Name:"), header("Version:"));
        (wheel.name, wheel.version) =
            name.zip(version).ok_or_else(|| refuse(format!("`{metadata}` names no distribution and version")))?;
        Ok(wheel)
    }

    /// The files of operations, as paths in the archive, sorted.
    pub fn apis(&self) -> Vec<String> {
        let folder = format!("{}/apis/", self.package);
        let is_api = |name: &str| {
            name.strip_prefix(&folder).is_some_and(|file| file.ends_with("_api.py") && !file.contains('/'))
        };
        self.names.iter().filter(|name| is_api(name)).cloned().collect()
    }

    /// The file that lists the models.
    pub fn index(&self) -> String {
        format!("{}/models/__init__.py", self.package)
    }

    /// The file of a model, by the name of its module.
    pub fn model(&self, module: &str) -> String {
        format!("{}/models/{module}.py", self.package)
    }

    /// What errors call a file of the wheel.
    pub fn place(&self, path: &str) -> String {
        format!("{}: {path}", self.file)
    }

    /// Decompresses one source file.
    ///
    /// # Errors
    /// A file that is not there, is damaged, is not UTF-8 or is larger than the limits.
    pub fn text(&mut self, path: &str) -> Result<String, String> {
        let place = self.place(path);
        let limit = ENTRY.min(self.left);
        let entry = self.archive.by_name(path).map_err(|error| format!("{place}: cannot be read: {error}; {HELP}"))?;
        let mut bytes = Vec::new();
        // The size that the archive states is not to be relied on.
        let read = entry.take(limit + 1).read_to_end(&mut bytes);
        read.map_err(|error| format!("{place}: damaged: {error}; download the wheel again"))?;
        let size = bytes.len() as u64;
        if size > limit {
            let which = if limit == ENTRY { "one file" } else { "all files together" };
            return Err(format!("{place}: more than the limit of {which} when decompressed; {HELP}"));
        }
        self.left -= size;
        String::from_utf8(bytes).map_err(|_| format!("{place}: not UTF-8; {HELP}"))
    }
}
