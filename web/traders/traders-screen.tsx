import { useComputed } from "@preact/signals";
import type { JSX } from "preact";
import type { Page } from "../shell/page.ts";
import { useLater } from "../shell/use-later.ts";
import { TraderList } from "./trader-list.tsx";

/** `#/traders` lists, `#/traders/new` and `#/traders/{id}` edit, `#/traders/messages` shows where signals are sent to, `#/traders/file` imports and exports. */
export function TradersScreen({ page }: { page: Page }): JSX.Element {
  const id = useComputed(() => page.router.route.value.parts[0]).value;
  if (id === undefined) return <TraderList page={page} />;
  if (id === "file") return <FileFrame page={page} />;
  return id === "messages" ? <MessagesFrame page={page} /> : <EditorFrame page={page} id={id} />;
}

const loadMessages = async () => (await import("../messages/messages-screen.tsx")).MessagesScreen;

function MessagesFrame({ page }: { page: Page }): JSX.Element {
  const messages = useLater(loadMessages).value;
  if (messages === undefined) return <p class="screen-note">Loading …</p>;
  return "missing" in messages ? <p class="screen-note">{messages.missing}</p> : <messages.here page={page} />;
}

const loadFile = async () => (await import("./file-screen.tsx")).FileScreen;

function FileFrame({ page }: { page: Page }): JSX.Element {
  const file = useLater(loadFile).value;
  if (file === undefined) return <p class="screen-note">Loading …</p>;
  return "missing" in file ? <p class="screen-note">{file.missing}</p> : <file.here page={page} />;
}

/** CodeMirror and what belongs to it is as large as the rest of the page: it comes when somebody edits. */
const loadEditor = async () => (await import("../editor/trader-editor.tsx")).TraderEditor;

function EditorFrame({ page, id }: { page: Page; id: string }): JSX.Element {
  const editor = useLater(loadEditor).value;
  if (editor === undefined) return <p class="screen-note">Loading …</p>;
  if ("missing" in editor) return <p class="screen-note">{editor.missing}</p>;
  const { template } = page.router.route.value.query;
  return <editor.here key={page.traders.editorOf(id, template)} page={page} id={id} template={template} />;
}
