//! The question before something is taken away from several people.

use std::io::{self, IsTerminal as _, Write as _};
use std::path::Path;

use clap::Args;

use crate::context::Context;
use crate::error::Error;

/// The answer to the question before something is taken away.
#[derive(Args, Clone, Copy, Debug, Default)]
pub(crate) struct Answer {
    /// Do not ask before something is taken away from more than one person
    #[arg(long, help_heading = "Before a change")]
    pub yes: bool,
}

/// Where a question is asked.
trait Terminal: Send + 'static {
    /// Whether somebody can read the question and answer it.
    fn is_there(&self) -> bool;

    /// Shows the question and waits for a line, which is empty at the end of the input.
    fn ask(&mut self, question: &str) -> io::Result<String>;
}

/// Standard input and standard error.
struct Streams;

impl Terminal for Streams {
    fn is_there(&self) -> bool {
        io::stdin().is_terminal() && io::stderr().is_terminal()
    }

    fn ask(&mut self, question: &str) -> io::Result<String> {
        // A closed standard error gets no question, and no answer.
        let _ = write!(io::stderr(), "{question}");
        let _ = io::stderr().flush();
        let mut line = String::new();
        io::stdin().read_line(&mut line)?;
        if !line.ends_with('\n') {
            // What follows does not begin beside the question.
            let _ = writeln!(io::stderr());
        }
        Ok(line)
    }
}

/// Asks whether to go on, if more than one person is concerned. `what` is what is done to them, such as `delete 12 users`.
///
/// # Errors
/// If the answer is no, or if no one can answer: without a terminal, `--yes` is required.
pub(crate) async fn confirm(
    context: &Context,
    answer: Answer,
    input: Option<&Path>,
    people: usize,
    what: &str,
) -> Result<(), Error> {
    confirm_on(Streams, context, answer, input, people, what).await
}

async fn confirm_on(
    mut terminal: impl Terminal,
    context: &Context,
    answer: Answer,
    input: Option<&Path>,
    people: usize,
    what: &str,
) -> Result<(), Error> {
    if answer.yes || people < 2 {
        return Ok(());
    }
    let is_stdin_taken = input == Some(Path::new("-"));
    if is_stdin_taken || !terminal.is_there() {
        return Err(Error::usage(format!(
            "this would {what}; nothing was sent: give --yes to confirm, since there is no terminal to ask on, or look \
             first with --plan"
        )));
    }
    context.claim_stdin("question")?;
    let question = format!("rosterkit: {what}? [y/N] ");
    // A signal drops this future. The thread that waits for a line does not keep the process from ending.
    let read = tokio::task::spawn_blocking(move || terminal.ask(&question));
    let answer = read.await.map_err(io::Error::other).flatten();
    let answer = answer.map_err(|error| Error::usage(format!("cannot read the answer: {error}; nothing was sent")))?;
    match answer.trim().to_ascii_lowercase().as_str() {
        "y" | "yes" => Ok(()),
        _ => Err(Error::usage("not confirmed; nothing was sent")),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::{Receiver, Sender, channel};

    use futures_util::FutureExt as _;

    use super::*;
    use crate::global_args::GlobalArgs;

    const NO: Answer = Answer { yes: false };

    /// A terminal, its questions, and the lines that are typed on it.
    struct Typed {
        is_there: bool,
        asked: Sender<String>,
        lines: Receiver<io::Result<String>>,
    }

    impl Terminal for Typed {
        fn is_there(&self) -> bool {
            self.is_there
        }

        fn ask(&mut self, question: &str) -> io::Result<String> {
            self.asked.send(question.to_owned()).map_err(io::Error::other)?;
            // No one types any more: the input has ended.
            self.lines.recv().unwrap_or_else(|_| Ok(String::new()))
        }
    }

    /// What comes of a line, and the questions.
    async fn answered(
        line: Option<io::Result<String>>,
        is_there: bool,
        answer: Answer,
        input: Option<&Path>,
        people: usize,
    ) -> (Result<(), String>, Vec<String>) {
        let ((asked, questions), (typing, lines)) = (channel(), channel());
        if let Some(line) = line {
            typing.send(line).expect("a terminal");
        }
        drop(typing);
        let context = Context::new(GlobalArgs::default());
        let terminal = Typed { is_there, asked, lines };
        let result = confirm_on(terminal, &context, answer, input, people, "delete 2 users").await;
        (result.map_err(|error| error.message(false).unwrap_or_default()), questions.iter().collect())
    }

    #[tokio::test]
    async fn only_yes_goes_on_and_everything_else_sends_nothing() {
        for yes in ["y\n", "Y\n", "yes\r\n", " YES \n", "y"] {
            let (result, questions) = answered(Some(Ok(yes.to_owned())), true, NO, None, 2).await;
            assert_eq!((result, questions), (Ok(()), vec!["rosterkit: delete 2 users? [y/N] ".to_owned()]), "{yes:?}");
        }
        for no in ["n\n", "\n", "no\n", "yess\n", "yes please\n", "j\n", ""] {
            let (result, _) = answered(Some(Ok(no.to_owned())), true, NO, None, 2).await;
            assert_eq!(result, Err("not confirmed; nothing was sent".to_owned()), "{no:?}");
        }
        let (end_of_input, _) = answered(None, true, NO, None, 2).await;
        assert_eq!(end_of_input, Err("not confirmed; nothing was sent".to_owned()));
        let (broken, _) = answered(Some(Err(io::Error::other("gone"))), true, NO, None, 2).await;
        assert_eq!(broken, Err("cannot read the answer: gone; nothing was sent".to_owned()));
    }

    #[tokio::test]
    async fn nobody_is_asked_with_yes_about_one_person_or_without_a_terminal() {
        let asked = |is_there, answer, input, people| answered(None, is_there, answer, input, people);
        let yes = Answer { yes: true };
        assert_eq!(asked(true, yes, None, 2).await, (Ok(()), vec![]));
        assert_eq!(asked(false, NO, None, 1).await, (Ok(()), vec![]));
        for (is_there, input) in [(false, None), (true, Some(Path::new("-")))] {
            let (result, questions) = asked(is_there, NO, input, 2).await;
            assert!(result.is_err_and(|message| message.contains("give --yes to confirm")) && questions.is_empty());
        }
    }

    #[tokio::test]
    async fn a_question_without_an_answer_can_be_given_up() {
        let ((asked, questions), (typing, lines)) = (channel(), channel());
        let context = Context::new(GlobalArgs::default());
        let terminal = Typed { is_there: true, asked, lines };
        let mut question = Box::pin(confirm_on(terminal, &context, NO, None, 2, "delete 2 users"));
        assert!(question.as_mut().now_or_never().is_none());
        // It was asked, no one answers, and a signal drops the work.
        assert!(questions.recv().is_ok());
        drop(question);
        drop(typing);
    }
}
