//! A folder with a spec and documents of the vendor, in which the command is run.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use serde_json::Value;
use tempfile::TempDir;

use crate::drift::sdk::{Sdk, archive, sdk};

pub const SPEC: &str = "\
openapi: 3.0.3
info:
  title: Users
  version: v2
  description: Users, for tests.
  license:
    name: MIT OR Apache-2.0
servers:
  - url: https://api.example.com
    description: The only one.
security:
  - oauth: []
tags:
  - name: users
    description: Users.
paths:
  /api/v2/users:
    x-provenance: documented
    post:
      operationId: postUsers
      tags:
        - users
      summary: Create a user
      description: Creates a user.
      x-provenance: documented
      x-permissions:
        mode: any
        permissions:
          - directory:user:add
          - directory:user:edit
      requestBody:
        description: The user.
        required: true
        content:
          application/json:
            schema:
              $ref: '#/components/schemas/User'
      responses:
        '200':
          description: The user.
          content:
            application/json:
              schema:
                $ref: '#/components/schemas/User'
  /api/v2/users/{userId}:
    x-provenance: documented
    get:
      operationId: getUser
      tags:
        - users
      summary: Get a user
      description: Gets a user.
      x-provenance: documented
      parameters:
        - name: userId
          in: path
          required: true
          description: The user.
          schema:
            type: string
        - name: expand
          in: query
          description: What to add.
          style: form
          explode: true
          schema:
            type: array
            items:
              $ref: '#/components/schemas/Expand'
      responses:
        '200':
          description: The user.
          content:
            application/json:
              schema:
                $ref: '#/components/schemas/User'
components:
  securitySchemes:
    oauth:
      type: http
      scheme: bearer
      description: A token.
      x-provenance: documented
  schemas:
    Expand:
      type: string
      description: What to add.
      x-provenance: documented
      enum:
        - skills
        - team
    State:
      type: string
      description: States of a user.
      x-provenance: documented
      enum:
        - active
        - inactive
    User:
      type: object
      description: A user.
      x-provenance: documented
      properties:
        id:
          type: string
          description: Id of the user.
        manager:
          $ref: '#/components/schemas/User'
        skills:
          type: array
          items:
            type: string
        state:
          $ref: '#/components/schemas/State'
        version:
          type: integer
          format: int64
          description: Number of changes to the user.
";

/// A folder with a spec, where documents of the vendor are put beside it.
pub struct Workspace(TempDir);

pub struct Said {
    pub code: Option<i32>,
    pub out: String,
    pub err: String,
}

impl Workspace {
    pub fn new() -> Self {
        let root = tempfile::tempdir().unwrap();
        fs::create_dir_all(root.path().join("spec")).unwrap();
        fs::write(root.path().join("spec/users.yaml"), SPEC).unwrap();
        let baseline = "scope:\n  users: /api/v2/users\ndecisions: []\n";
        fs::write(root.path().join("spec/drift-baseline.yaml"), baseline).unwrap();
        Self(root)
    }

    /// One whose texts are recorded from the SDK that the spec is a copy of.
    pub fn recorded() -> Self {
        let workspace = Self::new();
        let said = workspace.wheel(&sdk(), &["--accept", "The first.", "--date", "2026-01-31"]);
        assert_eq!((said.code, said.out.as_str()), (Some(0), ""), "{}", said.err);
        workspace
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    pub fn put(&self, name: &str, bytes: impl AsRef<[u8]>) {
        fs::write(self.path(name), bytes).unwrap();
    }

    pub fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).unwrap()
    }

    pub fn run(&self, arguments: &[&str]) -> Said {
        let output = Command::new(env!("CARGO_BIN_EXE_rosterkit-codegen"))
            .args(arguments)
            .current_dir(self.0.path())
            .output()
            .unwrap();
        let text = |bytes| String::from_utf8(bytes).unwrap();
        Said { code: output.status.code(), out: text(output.stdout), err: text(output.stderr) }
    }

    pub fn wheel(&self, sdk: &Sdk, more: &[&str]) -> Said {
        self.put("new.whl", archive(&sdk.files()));
        self.run(&[&["drift", "--spec", "users", "--wheel", "new.whl"], more].concat())
    }

    pub fn swagger(&self, document: &Value, more: &[&str]) -> Said {
        self.put("api.json", document.to_string());
        self.run(&[&["drift", "--spec", "users", "--swagger", "api.json"], more].concat())
    }
}

/// The findings without the line that counts them.
pub fn findings(said: &Said) -> Vec<&str> {
    let mut lines: Vec<&str> = said.out.lines().collect();
    assert!(lines.pop().is_none_or(|last| last.contains(" major, ")), "{}{}", said.out, said.err);
    lines
}
