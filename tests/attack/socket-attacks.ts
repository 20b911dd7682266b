import { connect } from "node:net";
import { type Aim, traderCount } from "./aim.ts";
import { headersOf } from "./keys.ts";
import { ended, note, type Outcomes } from "./lanes.ts";
import { attackWithTraders } from "./trader-attacks.ts";

/** The sockets of each attack, and how often each changes its channels, in milliseconds. */
const SIGNAL_SOCKETS = 50;
const CHURNING_SOCKETS = 20;
const CHURN_EVERY_MS = 50;

/** Symbols that a churning socket holds channels of, in each of the intervals: 800 channels with 6 intervals. */
const CHURNED_SYMBOLS = 134;

/** A filter that matches every symbol with facts as large as they may be. */
const TALKATIVE_FILTER = `let text = ""; for (let i = 0; i < 400; i++) text += "0123456789";
return { match: true, facts: { text } };`;

/** Traders match everything with large facts, and fifty sockets of the same key want all the signals. */
export async function signalFlood(aim: Aim): Promise<Outcomes> {
  const outcomes: Outcomes = {};
  const sockets = Array.from({ length: SIGNAL_SOCKETS }, () => {
    const socket = open(aim, outcomes);
    socket.onopen = () => socket.send(JSON.stringify({ op: "subscribe", channels: ["signals"] }));
    socket.onmessage = () => note(outcomes, "messages");
    return socket;
  });
  await attackWithTraders(
    aim,
    Array.from({ length: traderCount(aim) }, () => TALKATIVE_FILTER),
    outcomes,
  );
  for (const socket of sockets) socket.close();
  return outcomes;
}

/** Sockets that hold hundreds of channels, and begin and end the channels that cover these, again and again. */
export async function channelChurn(aim: Aim, intervals: readonly string[]): Promise<Outcomes> {
  const outcomes: Outcomes = {};
  const answer = await fetch(`${aim.url}/symbols`, { headers: headersOf(aim.key) });
  const { symbols } = (await answer.json()) as { symbols: { symbol: string }[] };
  const held = symbols
    .slice(0, CHURNED_SYMBOLS)
    .flatMap(({ symbol }) => intervals.map((interval) => `closed:${symbol}:${interval}`));
  const all = ["kline", "closed"].flatMap((kind) => intervals.map((interval) => `${kind}:*:${interval}`));
  const timers: ReturnType<typeof setInterval>[] = [];
  const sockets = Array.from({ length: CHURNING_SOCKETS }, () => {
    const socket = open(aim, outcomes);
    let isOn = false;
    const turn = (): void => {
      isOn = !isOn;
      if (socket.readyState === WebSocket.OPEN) {
        socket.send(JSON.stringify({ op: isOn ? "subscribe" : "unsubscribe", channels: all }));
      }
    };
    socket.onopen = () => {
      const channels = held.slice(0, 800);
      // Snapshots of what closes from now on cost next to nothing, so that all sockets get their channels.
      const since = Object.fromEntries(channels.map((channel) => [channel, Date.now()]));
      socket.send(JSON.stringify({ op: "subscribe", channels, since }));
      timers.push(setInterval(turn, CHURN_EVERY_MS));
    };
    socket.onmessage = ({ data }) => note(outcomes, typeOf(String(data)));
    return socket;
  });
  await ended(aim.until);
  for (const timer of timers) clearInterval(timer);
  for (const socket of sockets) socket.close();
  return outcomes;
}

/** Sockets that name as many channels as a request may, of symbols that they have and haven't begun. */
export async function manyNames(aim: Aim): Promise<Outcomes> {
  const outcomes: Outcomes = {};
  const names = Array.from({ length: 1_000 }, (_, index) => `kline:NO${index}USDT:1m`);
  const sockets = Array.from({ length: CHURNING_SOCKETS }, () => {
    const socket = open(aim, outcomes);
    socket.onmessage = ({ data }) => note(outcomes, typeOf(String(data)));
    return socket;
  });
  let turn = 0;
  const timer = setInterval(() => {
    turn += 1;
    const text = JSON.stringify({ op: turn % 4 === 0 ? "subscribe" : "unsubscribe", channels: names });
    for (const socket of sockets) if (socket.readyState === WebSocket.OPEN) socket.send(text);
  }, CHURN_EVERY_MS);
  await ended(aim.until);
  clearInterval(timer);
  for (const socket of sockets) socket.close();
  return outcomes;
}

/** An empty ping as a client sends it, masked (RFC 6455, 5.2 and 5.5.2), many times. */
const PINGS: Buffer = Buffer.alloc(120_000, Buffer.from([0x89, 0x80, 0, 0, 0, 0]));

/** A socket that sends pings, millions of them, as fast as they are taken, and reads no pong. */
export async function pingFlood({ url, key, until }: Aim): Promise<Outcomes> {
  const outcomes: Outcomes = {};
  const { hostname, port } = new URL(url);
  while (!until.aborted) {
    const socket = connect({ host: hostname, port: Number(port) });
    const nonce = Buffer.from(crypto.getRandomValues(new Uint8Array(16))).toString("base64");
    const closed = new Promise<void>((resolve) => socket.on("close", () => resolve()));
    socket.pause();
    socket.on("error", () => {});
    socket.write(
      `GET /ws HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n` +
        `Sec-WebSocket-Key: ${nonce}\r\nX-API-Key: ${key}\r\n\r\n`,
    );
    while (!until.aborted && !socket.destroyed) {
      const isFull = !socket.write(PINGS);
      note(outcomes, "pings", PINGS.length / 6);
      if (isFull) await Promise.race([new Promise((resolve) => socket.once("drain", resolve)), closed, ended(until)]);
    }
    note(outcomes, until.aborted ? "open to the end" : "closed");
    socket.destroy();
    await Promise.race([Bun.sleep(50), ended(until)]);
  }
  return outcomes;
}

function open({ url, key }: Aim, outcomes: Outcomes): WebSocket {
  const socket = new WebSocket(`${url.replace("http", "ws")}/ws`, { headers: headersOf(key) } as never);
  socket.onclose = ({ code }) => note(outcomes, `closed ${code}`);
  return socket;
}

function typeOf(text: string): string {
  const { type } = JSON.parse(text) as { type: string };
  return type;
}
