import { useComputed } from "@preact/signals";
import type { JSX } from "preact";
import { laterView, loadingNote } from "../shell/later-view.tsx";
import type { Page } from "../shell/page.ts";
import { TraderList } from "./trader-list.tsx";

/** `#/traders` lists, `#/traders/new` and `#/traders/{id}` edit, `#/traders/messages` shows where signals are sent to, `#/traders/file` imports and exports. */
export function TradersScreen({ page }: { page: Page }): JSX.Element {
  const id = useComputed(() => page.router.route.value.parts[0]).value;
  if (id === undefined) return <TraderList page={page} />;
  if (id === "file") return <FileScreen page={page} />;
  return id === "messages" ? <MessagesScreen page={page} /> : <EditorFrame page={page} id={id} />;
}

const MessagesScreen = laterView(
  async () => (await import("../messages/messages-screen.tsx")).MessagesScreen,
  loadingNote,
);

const FileScreen = laterView(async () => (await import("./file-screen.tsx")).FileScreen, loadingNote);

/** CodeMirror and what belongs to it is as large as the rest of the page: it comes when somebody edits. */
const TraderEditor = laterView(async () => (await import("../editor/trader-editor.tsx")).TraderEditor, loadingNote);

function EditorFrame({ page, id }: { page: Page; id: string }): JSX.Element {
  const { template } = page.router.route.value.query;
  return <TraderEditor key={page.traders.editorOf(id, template)} page={page} id={id} template={template} />;
}
