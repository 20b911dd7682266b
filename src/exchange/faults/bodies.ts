import { gzipSync } from "fflate";
import { type Clock, millis } from "../../core/mod.ts";

/** What an endless body is made of, in bytes a piece. */
const PIECE_BYTES = 65_536;

/** What the bomb becomes: so many pieces of so many bytes. */
const BOMB_BYTES = 1_024 * 1_024 * 1_024;

/** Between two bytes of a body that drips, in milliseconds of the clock. */
const DRIP_EVERY_MS = 1_000;

const PAGE = "<!doctype html><html><head><title>Sign in</title></head><body>Welcome to the network.</body></html>";

/** Answers that come in place of one, by the fault's name. */
export const BODIES: Readonly<Record<BodyFault, (answer: Response, clock: Clock) => Promise<Response>>> = {
  "endless-body": async () => new Response(endless(), { headers: { "content-type": "application/json" } }),
  bomb: async () =>
    new Response(bomb(), { headers: { "content-type": "application/json", "content-encoding": "gzip" } }),
  drip: async (answer, clock) => new Response(dripping(await answer.text(), clock), { headers: answer.headers }),
  redirect: async () => new Response(null, { status: 302, headers: { location: "http://portal.invalid/sign-in" } }),
  "html-200": async () => new Response(PAGE, { headers: { "content-type": "text/html" } }),
};

/** The faults of bodies. */
export type BodyFault = "endless-body" | "bomb" | "drip" | "redirect" | "html-200";

/** One of {@link BodyFault}, in the order in which they are decided. */
export const BODY_FAULTS: readonly BodyFault[] = ["endless-body", "bomb", "drip", "redirect", "html-200"];

function endless(): ReadableStream<Uint8Array> {
  const piece = new TextEncoder().encode(" ".repeat(PIECE_BYTES));
  return new ReadableStream({ pull: (controller) => controller.enqueue(piece) });
}

let made: Uint8Array<ArrayBuffer> | undefined;

/** A gigabyte of spaces in a megabyte: gzip members may follow each other (RFC 1952, 2.2), so one is made and repeated. */
function bomb(): Uint8Array<ArrayBuffer> {
  if (made !== undefined) return made;
  const member = gzipSync(new Uint8Array(PIECE_BYTES * 16).fill(0x20), { level: 9 });
  const count = BOMB_BYTES / (PIECE_BYTES * 16);
  made = new Uint8Array(member.length * count);
  for (let index = 0; index < count; index += 1) made.set(member, index * member.length);
  return made;
}

function dripping(text: string, clock: Clock): ReadableStream<Uint8Array> {
  const bytes = new TextEncoder().encode(text);
  const ending = new AbortController();
  let sent = 0;
  return new ReadableStream({
    pull: async (controller) => {
      await clock.sleep(millis(DRIP_EVERY_MS), ending.signal).catch(() => {});
      if (ending.signal.aborted) return;
      if (sent >= bytes.length) controller.close();
      else controller.enqueue(bytes.slice(sent, sent + 1));
      sent += 1;
    },
    cancel: () => ending.abort(new Error("nobody reads any more")),
  });
}
