// Sends each signal of your traders to a Telegram chat, once. In a project that has vyx; without VYX_API_KEY if the server requires no key:
//   VYX_API_KEY=… BOT_TOKEN=… CHAT_ID=… node telegram.mjs [URL]
import process from "node:process";
import { createClient } from "vyx/client";

const { VYX_API_KEY: apiKey, BOT_TOKEN, CHAT_ID, TELEGRAM = "https://api.telegram.org" } = process.env;

async function main() {
  for (const [name, value] of Object.entries({ BOT_TOKEN, CHAT_ID })) if (!value) throw new Error(`set ${name}`);
  if (apiKey === "") throw new Error("VYX_API_KEY is empty: expected a key with the scope stream, or no such variable");
  const WebSocket = globalThis.WebSocket ?? (await import("ws")).default;
  const client = createClient({ url: process.argv[2] ?? "http://127.0.0.1:8080", apiKey, WebSocket });
  for await (const { type, signal } of client.subscribe(["signals"])) if (type === "signal") await send(signal);
}

async function send({ symbol, interval, price, facts }) {
  const text = `${symbol} ${interval} at ${price}: ${JSON.stringify(facts)}`;
  const { status } = await fetch(`${TELEGRAM}/bot${BOT_TOKEN}/sendMessage`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ chat_id: CHAT_ID, text }),
  });
  if (status !== 200) console.error(`Telegram answered ${status}: ${text}`);
}

main().catch(({ message }) => {
  console.error(message);
  process.exit(1);
});
