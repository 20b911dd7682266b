import { expect, test } from "bun:test";
import { type KlineMessage, klineOf, PackedFrame, PackedReader } from "../wire/mod.ts";
import { packedSection } from "./packed-page.ts";

const page = packedSection();
const example = page.slice(page.indexOf("### An example"));
const bytes = Uint8Array.from(
  [...example.matchAll(/^\| `([0-9a-f ]+)` \|/gm)].flatMap(([, hex = ""]) =>
    hex.split(" ").map((byte) => Number.parseInt(byte, 16)),
  ),
);
const messages = JSON.parse(/```json\n([^`]*)```/.exec(example)?.[1] ?? "") as KlineMessage[];
const ids = JSON.parse(/`({"type":"ids".*?}})`/.exec(example)?.[1] ?? "");

test("the page's example reads as the messages that it says", () => {
  const reader = new PackedReader();
  reader.learn(ids);
  expect(reader.read(bytes)).toEqual({ messages });
});

test("and is what the server sends for them", () => {
  const frame = new PackedFrame({ kind: "kline", interval: "1m", isClosed: false });
  for (const { channel, kline } of messages) frame.add(ids.symbols[channel.split(":")[1] as string], klineOf(kline));
  expect(frame.bytes()).toEqual(bytes);
});
