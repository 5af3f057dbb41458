//! Content packages: `contentPackageImporter`, `contentPackage`, `hacpInfo`.

use std::borrow::Cow;
use std::io::{Cursor, Read, Write};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use peoplefluent_lms::xml::Tree;
use zip::write::SimpleFileOptions;
use zip::{ZipArchive, ZipWriter};

use crate::http::{Call, Error, Handler, Reply};
use crate::lms::authorization::{own_record, user};
use crate::lms::datetime::Timestamp;
use crate::lms::model::Package;
use crate::lms::model::account::Account;
use crate::lms::model::module::Module;
use crate::lms::model::record::{Record, Status};
use crate::lms::node::Node;
use crate::lms::params::required;
use crate::lms::response::{ok, respond};
use crate::lms::store::{Lms, Store};
use crate::random::Draw;

pub(crate) const HANDLERS: &[(&str, Handler<Lms>)] = &[
    ("contentPackage", content_package),
    ("contentPackageImporter", content_package_importer),
    ("hacpInfo", hacp_info),
];

const MANIFEST: &str = "imsmanifest.xml";

/// The maximum size of a manifest in bytes. A small archive can expand to any size.
const MANIFEST_SIZE: u64 = 1 << 20;

/// The strategies that replace a package; with any other the package stays as it is. The vendor's are not documented.
const REPLACING: [&str; 2] = ["overwrite", "newVersion"];

/// The manifest of a package.
struct Manifest {
    identifier: String,
    title: Option<String>,
    items: Vec<String>,
}

impl Manifest {
    fn read(archive: &[u8]) -> Result<Self, &'static str> {
        let mut archive = ZipArchive::new(Cursor::new(archive)).map_err(|_| "is not a ZIP archive")?;
        let mut document = Vec::new();
        let file = archive.by_name(MANIFEST).map_err(|_| "has no readable imsmanifest.xml")?;
        file.take(MANIFEST_SIZE + 1).read_to_end(&mut document).map_err(|_| "has no readable imsmanifest.xml")?;
        if document.len() as u64 > MANIFEST_SIZE {
            return Err("has an imsmanifest.xml of more than 1 MiB");
        }
        let tree = Tree::parse(document).map_err(|_| "has an imsmanifest.xml that is not well-formed")?;
        let root = tree.root();
        let identifier =
            root.attribute("identifier").map(str::trim).filter(|id| root.name() == "manifest" && !id.is_empty());
        let identifier = identifier.ok_or("has an imsmanifest.xml without an `identifier`")?.to_owned();
        let all = |name: &'static str| root.descendants().filter(move |element| element.name() == name);
        let items = all("item").filter_map(|item| item.attribute("identifier")).map(str::trim);
        let items = items.filter(|id| !id.is_empty()).map(str::to_owned).collect();
        let title = all("organization").filter_map(|one| one.text_of("title")).find(|title| !title.is_empty());
        let title = title.map(Cow::into_owned);
        Ok(Self { identifier, title, items })
    }
}

fn content_package_importer(lms: &Lms, call: &Call<'_>) -> Result<Reply, Error> {
    let mut store = lms.store();
    user(&store, call)?;
    let versioning = required(call, "versioning")?;
    let file = call.file("package").ok_or_else(|| Error::missing("package"))?;
    let manifest = Manifest::read(&file.bytes).map_err(|problem| Error::invalid("package", problem))?;
    let id = manifest.identifier;
    let present = store.packages.contains_key(&id) || store.module(&id).is_some();
    let replaces = REPLACING.contains(&versioning);
    let node = |status: &str, revision| {
        Node::new("result")
            .text("status", status)
            .text("identifier", &id)
            .text("moduleId", &id)
            .number("revision", revision)
    };
    let revision = store.module(&id).and_then(|module| module.revision).unwrap_or_default();
    if present && !replaces {
        return Ok(respond(call, &node("unchanged", revision)));
    }
    let revision = if present && versioning == "overwrite" { revision.max(1) } else { revision.saturating_add(1) };
    let new = Module {
        id: id.clone(),
        title: id.clone(),
        kind: "onlineModule".to_owned(),
        language: "en".to_owned(),
        created: Timestamp::now(),
        ..Module::default()
    };
    let mut module = store.module(&id).cloned().unwrap_or(new);
    module.title = manifest.title.unwrap_or(module.title);
    module.revision = Some(revision);
    module.downloadable = true;
    store.put_module(module);
    store.packages.insert(id.clone(), Package { items: manifest.items, content: STANDARD.encode(&file.bytes) });
    Ok(respond(call, &node(if present { "updated" } else { "imported" }, revision)))
}

/// An enrollment of the user in a module that allows downloads.
fn downloadable(store: &Store, account: &Account, call: &Call<'_>) -> Result<(Record, Module), Error> {
    let record = own_record(store, account, required(call, "enrollmentId")?)?;
    let module = record.module(store).into_owned();
    let enrolled = record.is_completed() || (record.status.is_open() && record.status != Status::PendingApproval);
    if !enrolled || record.status == Status::Waitlisted {
        return Err(Error::conflict("not.enrolled", "The user is not enrolled in the module."));
    }
    if !module.downloadable {
        return Err(Error::conflict("not.downloadable", "The revision of the module allows no downloads."));
    }
    Ok((record, module))
}

/// The ids of the items in the package of a module.
fn items(store: &Store, module: &Module) -> Vec<String> {
    match store.packages.get(&module.id) {
        Some(package) => package.items.clone(),
        None => (1..=2).map(|number| format!("{}-ITEM-{number}", module.id)).collect(),
    }
}

fn content_package(lms: &Lms, call: &Call<'_>) -> Result<Reply, Error> {
    let store = lms.store();
    let account = user(&store, call)?;
    let (_, module) = downloadable(&store, &account, call)?;
    let broken = || Error::not_found("The content package cannot be read.");
    let bytes = match store.packages.get(&module.id) {
        Some(package) => STANDARD.decode(&package.content).map_err(|_| broken())?,
        None => new_package(&module, &items(&store, &module)).map_err(|_| broken())?,
    };
    Ok(Reply::file("application/octet-stream", bytes))
}

/// A package for a module without an imported one: a manifest and an HTML page for each item.
fn new_package(module: &Module, items: &[String]) -> zip::result::ZipResult<Vec<u8>> {
    let options = SimpleFileOptions::default().compression_method(zip::CompressionMethod::Stored);
    let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
    let item = |id: &String| {
        Node::new("item")
            .attribute("identifier", id)
            .attribute("identifierref", format!("RES-{id}"))
            .text("title", &module.title)
    };
    let resource = |id: &String| {
        Node::new("resource")
            .attribute("identifier", format!("RES-{id}"))
            .attribute("type", "webcontent")
            .attribute("href", format!("{id}.html"))
            .with(Node::new("file").attribute("href", format!("{id}.html")))
    };
    let organization = Node::new("organization")
        .attribute("identifier", format!("ORG-{}", module.id))
        .text("title", &module.title)
        .list("items", items.iter().map(item));
    let manifest = Node::new("manifest")
        .attribute("identifier", &module.id)
        .attribute("xmlns", "http://www.imsproject.org/xsd/imscp_rootv1p1p2")
        .with(Node::new("organizations").attribute("default", format!("ORG-{}", module.id)).with(organization))
        .with(Node::new("resources").list("resources", items.iter().map(resource)));
    archive.start_file(MANIFEST, options)?;
    archive.write_all(manifest.document().as_bytes())?;
    for id in items {
        archive.start_file(format!("{id}.html"), options)?;
        let title = quick_xml::escape::escape(&module.title);
        write!(archive, "<!DOCTYPE html><title>{title}</title><p>{title}</p>")?;
    }
    Ok(archive.finish()?.into_inner())
}

fn hacp_info(lms: &Lms, call: &Call<'_>) -> Result<Reply, Error> {
    let store = lms.store();
    let account = user(&store, call)?;
    let (record, module) = downloadable(&store, &account, call)?;
    let item = required(call, "itemId")?;
    if !items(&store, &module).iter().any(|own| own == item) {
        return Err(Error::not_found("The module has no item with this id."));
    }
    let mut draw = Draw::new(store.people.seed, &format!("hacp {}", record.id), 0);
    let node = ok()
        .text("enrollmentId", &record.id)
        .text("itemId", item)
        .text("url", "servlet/hacp")
        .text("sessionId", format!("{:016x}{:016x}", draw.next(), draw.next()));
    Ok(respond(call, &node))
}
