//! Content packages: `contentPackageImporter`, `contentPackage`, `hacpInfo`.

use std::io::{Cursor, Read, Write};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use zip::write::SimpleFileOptions;
use zip::{ZipArchive, ZipWriter};

use crate::http::{Call, Error, Handler, Reply};
use crate::lms::authorization::{own_record, user};
use crate::lms::datetime::Timestamp;
use crate::lms::dom;
use crate::lms::model::Package;
use crate::lms::model::account::Account;
use crate::lms::model::module::Module;
use crate::lms::model::record::{Record, Status};
use crate::lms::node::Node;
use crate::lms::params::required;
use crate::lms::response::{ok, respond};
use crate::lms::store::{Lms, Store};
use crate::lms::xml::Element;
use crate::random::Draw;

pub(crate) const HANDLERS: &[(&str, Handler<Lms>)] = &[
    ("contentPackage", content_package),
    ("contentPackageImporter", content_package_importer),
    ("hacpInfo", hacp_info),
];

const MANIFEST: &str = "imsmanifest.xml";

/// As many bytes a manifest can have. Packed, a small file can hold any number of them.
const MANIFEST_SIZE: u64 = 1 << 20;

/// The strategies that replace a package. The vendor's are not documented; any other leaves the package as it is.
const REPLACING: [&str; 2] = ["overwrite", "newVersion"];

/// What the manifest of a package says.
struct Manifest {
    identifier: String,
    title: Option<String>,
    items: Vec<String>,
}

impl Manifest {
    fn read(archive: &[u8]) -> Result<Self, &'static str> {
        let mut archive = ZipArchive::new(Cursor::new(archive)).map_err(|_| "is no ZIP archive")?;
        let mut text = String::new();
        let file = archive.by_name(MANIFEST).map_err(|_| "has no imsmanifest.xml that can be read")?;
        file.take(MANIFEST_SIZE + 1)
            .read_to_string(&mut text)
            .map_err(|_| "has an imsmanifest.xml that is not UTF-8")?;
        if text.len() as u64 > MANIFEST_SIZE {
            return Err("has an imsmanifest.xml of more than 1 MiB");
        }
        let text = text.strip_prefix('\u{feff}').unwrap_or(&text);
        let root = dom::Node::parse(text).map_err(|_| "has an imsmanifest.xml that is not well-formed")?;
        let identifier = root.attribute("identifier").filter(|_| root.name == "manifest");
        let identifier = identifier.ok_or("has an imsmanifest.xml without an `identifier`")?.to_owned();
        let nodes = root.descendants();
        let of = |name: &'static str| nodes.iter().filter(move |node| node.name == name);
        let items = of("item").filter_map(|item| item.attribute("identifier")).map(str::to_owned).collect();
        let title = of("organization").find_map(|organization| organization.text_of("title")).map(str::to_owned);
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
    let tree = |status: &str, revision| {
        Node::new("result")
            .text("status", status)
            .text("identifier", &id)
            .text("moduleId", &id)
            .number("revision", revision)
    };
    let revision = store.module(&id).and_then(|module| module.revision).unwrap_or_default();
    if present && !replaces {
        return Ok(respond(call, &tree("unchanged", revision)));
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
    Ok(respond(call, &tree(if present { "updated" } else { "imported" }, revision)))
}

/// An enrollment of the user's in a revision that allows downloads.
fn downloadable(store: &Store, account: &Account, call: &Call<'_>) -> Result<(Record, Module), Error> {
    let record = own_record(store, account, required(call, "enrollmentId")?)?;
    let module = record.module(store).into_owned();
    let enrolled = record.is_completed() || (record.status.is_open() && record.status != Status::PendingApproval);
    if !enrolled || record.status == Status::Waitlisted {
        return Err(Error::conflict("not.enrolled", "The user is not enrolled in the course, or no longer."));
    }
    if !module.downloadable {
        return Err(Error::conflict("not.downloadable", "The revision of the course allows no downloads."));
    }
    Ok((record, module))
}

/// The ids of the items of a module: those of its package, or those of the package that is made for it.
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
        None => made_package(&module, &items(&store, &module)).map_err(|_| broken())?,
    };
    Ok(Reply::file("application/octet-stream", bytes))
}

/// A package for a module that was never imported: a manifest and a page for each of its items.
fn made_package(module: &Module, items: &[String]) -> zip::result::ZipResult<Vec<u8>> {
    let options = SimpleFileOptions::default().compression_method(zip::CompressionMethod::Stored);
    let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
    let item = |id: &String| {
        Element::new("item")
            .attribute("identifier", id)
            .attribute("identifierref", format!("RES-{id}"))
            .with(Element::text("title", &module.title))
    };
    let resource = |id: &String| {
        Element::new("resource")
            .attribute("identifier", format!("RES-{id}"))
            .attribute("type", "webcontent")
            .attribute("href", format!("{id}.html"))
            .with(Element::new("file").attribute("href", format!("{id}.html")))
    };
    let organization = Element::new("organization")
        .attribute("identifier", format!("ORG-{}", module.id))
        .with(Element::text("title", &module.title))
        .with_all(items.iter().map(item));
    let manifest = Element::new("manifest")
        .attribute("identifier", &module.id)
        .attribute("xmlns", "http://www.imsproject.org/xsd/imscp_rootv1p1p2")
        .with(Element::new("organizations").attribute("default", format!("ORG-{}", module.id)).with(organization))
        .with(Element::new("resources").with_all(items.iter().map(resource)));
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
        return Err(Error::not_found("The course has no item of this id."));
    }
    let mut draw = Draw::new(store.people.seed, &format!("hacp {}", record.id), 0);
    let tree = ok()
        .text("enrollmentId", &record.id)
        .text("itemId", item)
        .text("url", "servlet/hacp")
        .text("sessionId", format!("{:016x}{:016x}", draw.next(), draw.next()));
    Ok(respond(call, &tree))
}
