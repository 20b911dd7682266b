import { readMessage } from "../wire/mod.ts";
import type { Visit } from "./visit.ts";

/** A server that says nothing on a WebSocket for so long, in milliseconds, doesn't speak there. */
const HELLO_WITHIN_MS = 8_000;

/** What a server first says on a WebSocket, or why it says nothing. `serverTime` is Unix milliseconds. */
export type Greeting = { readonly serverTime: number } | { readonly problem: string };

/** Opens a WebSocket, with the key in a header if there is one, and closes it after the first message. */
export async function greetingOf(visit: Visit, path: string, apiKey?: string): Promise<Greeting> {
  const { url } = visit.deployment;
  const headers = apiKey === undefined ? {} : { "x-api-key": apiKey };
  const socket = new WebSocket(`${url.href.replace(/^http/, "ws").replace(/\/$/, "")}${path}`, {
    headers,
    tls: visit.tls,
  });
  try {
    return await new Promise<Greeting>((resolve) => {
      const late = setTimeout(() => resolve({ problem: "no message arrived" }), HELLO_WITHIN_MS);
      const end = (hello: Greeting): void => {
        clearTimeout(late);
        resolve(hello);
      };
      socket.onmessage = ({ data }) => end(greetingIn(String(data)));
      socket.onerror = (event) =>
        end({ problem: ("message" in event && String(event.message)) || "the server refused it" });
      socket.onclose = ({ code, reason }) => end({ problem: `the server closed it with ${code} ${reason}`.trim() });
    });
  } finally {
    socket.close();
  }
}

function greetingIn(text: string): Greeting {
  const read = readMessage(text);
  return "message" in read && read.message.type === "hello"
    ? read.message
    : { problem: "the first message isn't hello" };
}
