//! Small wheels in the form of the official SDK.

use std::io::Write as _;

use zip::ZipWriter;
use zip::write::SimpleFileOptions;

/// A parameter of a function of the SDK: Python name, type, dictionary, wire name, whether required, text.
pub type Argument = (&'static str, &'static str, &'static str, &'static str, bool, &'static str);

/// A field of a model of the SDK: Python name, type, wire name, text, values.
pub type Attribute = (&'static str, &'static str, &'static str, &'static str, &'static [&'static str]);

/// What a wheel is made of.
#[derive(Clone)]
pub struct Sdk {
    pub version: &'static str,
    pub functions: Vec<Function>,
    pub models: Vec<(&'static str, &'static str, Vec<Attribute>)>,
}

#[derive(Clone)]
pub struct Function {
    pub name: &'static str,
    pub method: &'static str,
    pub path: &'static str,
    pub notes: &'static str,
    pub arguments: Vec<Argument>,
    pub body: Option<(&'static str, bool)>,
    pub response: &'static str,
}

/// The SDK of which the spec is a true copy.
pub fn sdk() -> Sdk {
    Sdk {
        version: "10.0.0",
        functions: vec![
            Function {
                name: "get_user",
                method: "GET",
                path: "/api/v2/users/{userId}",
                notes: "",
                arguments: vec![
                    ("user_id", "str", "path_params", "userId", true, "User ID"),
                    ("expand", "list[str]", "query_params", "expand", false, "Which fields to \\\"expand\\\""),
                ],
                body: None,
                response: "'User'",
            },
            Function {
                name: "post_users",
                method: "POST",
                path: "/api/v2/users",
                notes: "Sends no invitation.",
                arguments: Vec::new(),
                body: Some(("User", true)),
                response: "'User'",
            },
        ],
        models: vec![(
            "user",
            "User",
            vec![
                ("id", "str", "id", "The identifier.", &[]),
                ("manager", "User", "manager", "", &[]),
                ("skills", "list[str]", "skills", "", &[]),
                ("state", "str", "state", "The state.", &["active", "inactive"]),
                ("version", "int", "version", "", &[]),
            ],
        )],
    }
}

impl Function {
    fn source(&self) -> String {
        let Function { name, method, path, notes, arguments, body, response } = self;
        let mut text = format!(
            "    def {name}(self, **kwargs) -> 'X':\n        \"\"\"\n        A summary.\n        {notes}\n\n        \
             This method makes a synchronous HTTP request by default. To make an\n        asynchronous HTTP request, please \
             define a `callback` function\n        >>> thread = api.{name}(callback=callback_function)\n\n        \
             :param callback function: The callback function\n            for asynchronous request. (optional)\n"
        );
        let mark = |required: &bool| if *required { " (required)" } else { "" };
        for (python, kind, _, _, required, told) in arguments {
            text += &format!("        :param {kind} {python}: {told}{}\n", mark(required));
        }
        if let Some((kind, required)) = body {
            text += &format!("        :param {kind} body: The body.{}\n", mark(required));
        }
        text += "        :return: X\n                 If the method is called asynchronously,\n        \"\"\"\n\n";
        let names: Vec<&str> = arguments.iter().map(|argument| argument.0).chain(body.iter().map(|_| "body")).collect();
        text += &format!("        all_params = ['{}']\n", names.join("', '"));
        text += "        all_params.append('callback')\n";
        let required = arguments.iter().filter(|argument| argument.4).map(|argument| argument.0);
        for python in required.chain(body.iter().filter(|body| body.1).map(|_| "body")) {
            text += &format!("        # verify the required parameter '{python}' is set\n");
        }
        text += &format!("        resource_path = '{path}'.replace('{{format}}', 'json')\n");
        for (python, _, dictionary, wire, _, _) in arguments {
            text +=
                &format!("        if '{python}' in params:\n            {dictionary}['{wire}'] = params['{python}']\n");
        }
        if body.is_some() {
            text += "        if 'body' in params:\n            body_params = params['body']\n";
        }
        text += "        header_params['Accept'] = self.api_client.\\\n            select_header_accept(['application/json'])\n";
        text += &format!(
            "        response = self.api_client.call_api(resource_path, '{method}',\n                path_params,\n                \
             response_type={response},\n                callback=params.get('callback'))\n        return response\n\n"
        );
        text
    }
}

fn model_source(class: &str, attributes: &[Attribute]) -> String {
    let mut text = format!("class {class}(object):\n    \"\"\"\n    NOTE: generated.\n    \"\"\"\n");
    let rows = |pick: fn(&Attribute) -> &'static str| {
        let rows: Vec<String> = attributes
            .iter()
            .map(|attribute| format!("            '{}': '{}'", attribute.0, pick(attribute)))
            .collect();
        rows.join(",\n")
    };
    text += &format!("        self.swagger_types = {{\n{}\n        }}\n", rows(|attribute| attribute.1));
    text += &format!("        self.attribute_map = {{\n{}\n        }}\n", rows(|attribute| attribute.2));
    for (name, kind, _, told, values) in attributes {
        text += &format!(
            "    @property\n    def {name}(self) -> {kind}:\n        \"\"\"\n        Gets the {name} of this {class}.\n        \
             {told}\n\n        :return: The {name} of this {class}.\n        :rtype: {kind}\n        \"\"\"\n        return self._{name}\n\n    \
             @{name}.setter\n    def {name}(self, {name}):\n        \"\"\"\n        Sets the {name} of this {class}.\n        \
             {told}\n        \"\"\"\n"
        );
        if !values.is_empty() {
            text += &format!("        allowed_values = [\"{}\"]\n", values.join("\", \""));
        }
    }
    text
}

impl Sdk {
    pub fn files(&self) -> Vec<(String, String)> {
        let functions: String = self.functions.iter().map(Function::source).collect();
        let index: String =
            self.models.iter().map(|(module, class, _)| format!("from .{module} import {class}\n")).collect();
        let metadata = format!("Metadata-Version: 2.4\nName: Sdk\nVersion: {}\n\nText.\n", self.version);
        let mut files = vec![
            (format!("sdk-{}.dist-info/METADATA", self.version), metadata),
            ("Sdk/apis/users_api.py".to_owned(), format!("class UsersApi(object):\n{functions}")),
            ("Sdk/models/__init__.py".to_owned(), index),
        ];
        files.extend(
            self.models.iter().map(|(module, class, attributes)| {
                (format!("Sdk/models/{module}.py"), model_source(class, attributes))
            }),
        );
        files
    }
}

pub fn archive(files: &[(String, String)]) -> Vec<u8> {
    let mut archive = ZipWriter::new(std::io::Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default().compression_method(zip::CompressionMethod::Deflated);
    for (name, text) in files {
        archive.start_file(name.as_str(), options).unwrap();
        archive.write_all(text.as_bytes()).unwrap();
    }
    archive.finish().unwrap().into_inner()
}
