// Sends each signal of your traders to a Telegram chat, once. In a project that has vyx:
//   VYX_KEY=… BOT_TOKEN=… CHAT_ID=… node telegram.mjs [URL]
import process from "node:process";
import { createClient } from "vyx/client";

const { VYX_KEY: apiKey, BOT_TOKEN: token, CHAT_ID: chat_id, TELEGRAM = "https://api.telegram.org" } = process.env;
const WebSocket = globalThis.WebSocket ?? (await import("ws")).default;
const client = createClient({ url: process.argv[2] ?? "http://127.0.0.1:8080", apiKey, WebSocket });
for await (const { type, signal } of client.subscribe(["signals"])) {
  if (type !== "signal") continue;
  const text = `${signal.symbol} ${signal.interval} at ${signal.price}: ${JSON.stringify(signal.facts)}`;
  const request = { method: "POST", headers: { "content-type": "application/json" } };
  const { status } = await fetch(`${TELEGRAM}/bot${token}/sendMessage`, {
    ...request,
    body: JSON.stringify({ chat_id, text }),
  });
  if (status !== 200) console.error(`Telegram answered ${status}: ${text}`);
}
