import { readMessage } from "../../wire/mod.ts";
import { good, type Outcome, skipped, spanInWords, wrong } from "../finding.ts";
import type { Visit } from "../visit.ts";

/** Clocks that are set over the network differ by less, in milliseconds. */
const OFF_MS = 2_000;

/** A server that says nothing on a WebSocket for so long, in milliseconds, doesn't speak there. */
const HELLO_WITHIN_MS = 8_000;

/** Whether a WebSocket opens, and what the server's clock says in its first message. */
export async function clock(visit: Visit): Promise<Outcome> {
  const { apiKey, clock: ours } = visit.deployment;
  if (visit.keysWithheld !== undefined) return skipped(`not checked: ${visit.keysWithheld}`);
  const unguarded = (await visit.ask("/symbols")).status === 200;
  if (apiKey === undefined && !unguarded)
    return skipped("the WebSocket requires a key: set VYX_API_KEY to a key with the scope stream");
  const asked = ours.now();
  const hello = await helloOf(visit);
  const heard = ours.now();
  if ("problem" in hello) {
    return wrong(
      `a WebSocket on /ws doesn't open: ${hello.problem}`,
      "a hello message: configure the proxy to pass on Upgrade, and use a key with the scope stream",
    );
  }
  // The server wrote it somewhere between our question and its arrival.
  const off = hello.serverTime < asked ? hello.serverTime - asked : Math.max(0, hello.serverTime - heard);
  if (Math.abs(off) <= OFF_MS)
    return good(`a WebSocket opens, and the clocks agree to ${spanInWords(heard - asked + Math.abs(off))}`);
  return wrong(
    `the server's clock is ${spanInWords(Math.abs(off))} ${off > 0 ? "ahead of" : "behind"} this machine's`,
    `within ${spanInWords(OFF_MS)}: let NTP set both clocks (check with timedatectl)`,
  );
}

type Hello = { readonly serverTime: number } | { readonly problem: string };

async function helloOf(visit: Visit): Promise<Hello> {
  const { url, apiKey } = visit.deployment;
  const headers = apiKey === undefined ? {} : { "x-api-key": apiKey };
  const socket = new WebSocket(`${url.href.replace(/^http/, "ws").replace(/\/$/, "")}/ws`, { headers, tls: visit.tls });
  try {
    return await new Promise<Hello>((resolve) => {
      const late = setTimeout(() => resolve({ problem: "no message arrived" }), HELLO_WITHIN_MS);
      const end = (hello: Hello): void => {
        clearTimeout(late);
        resolve(hello);
      };
      socket.onmessage = ({ data }) => end(read(String(data)));
      socket.onerror = (event) =>
        end({ problem: ("message" in event && String(event.message)) || "the server refused it" });
      socket.onclose = ({ code, reason }) => end({ problem: `the server closed it with ${code} ${reason}`.trim() });
    });
  } finally {
    socket.close();
  }
}

function read(text: string): Hello {
  const read = readMessage(text);
  return "message" in read && read.message.type === "hello"
    ? read.message
    : { problem: "the first message isn't hello" };
}
