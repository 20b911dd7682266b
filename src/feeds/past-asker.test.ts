import { expect, test } from "bun:test";
import { ManualClock } from "../../tests/helpers/clock.ts";
import { parseSymbol, seededRandom, type UnixMs } from "../core/mod.ts";
import { BINANCE } from "./binance/binance.ts";
import { PastAsker } from "./past-asker.ts";

const BTC = parseSymbol("BTCUSDT");
const MINUTE = 60_000;
const NOW = Date.UTC(2026, 1, 10, 12, 0, 30);
const never = new AbortController().signal;

/** What an exchange answers for a range, whose clock stands at NOW; undefined: as Binance would. */
type Answer = (from: number, to: number) => Response | undefined;

function row(openTime: number): unknown[] {
  return [openTime, "10", "12", "9", "11", "3", openTime + 59_999, "30", 7, "1", "10", "0"];
}

function asker(answer: Answer): { past: PastAsker; clock: ManualClock; asked: string[] } {
  const clock = new ManualClock(NOW);
  const asked: string[] = [];
  const fetcher = async (input: string | URL | Request): Promise<Response> => {
    const { pathname, searchParams } = new URL(String(input));
    if (pathname.endsWith("/time")) return Response.json({ serverTime: NOW });
    const [from, to] = [Number(searchParams.get("startTime")), Number(searchParams.get("endTime"))];
    // Binance takes what opens up to the end, so the adapter asks for the end of the last minute.
    asked.push([from, to].map((time) => Math.floor((time - NOW + 30_000) / MINUTE)).join(" "));
    const rows: unknown[][] = [];
    for (let at = from; at <= Math.min(to, NOW) && rows.length < 1_000; at += MINUTE) rows.push(row(at));
    return answer(from, to) ?? Response.json(rows);
  };
  const past = new PastAsker({
    exchange: BINANCE,
    baseUrl: "http://exchange",
    clock,
    stopwatch: clock.stopwatch,
    random: seededRandom(1),
    fetch: Object.assign(fetcher, { preconnect: () => {} }),
  });
  return { past, clock, asked };
}

/** Minutes from a moment that is 12:00 before `from`, both ends included: how they were settled, as `from to klines`. */
async function settled({ past, clock }: ReturnType<typeof asker>, from: number, to: number): Promise<string[]> {
  const at = (minute: number): UnixMs => (NOW - 30_000 + minute * MINUTE) as UnixMs;
  const found: string[] = [];
  const reading = (async () => {
    for await (const stretch of past.klines(BTC, { from: at(from), to: at(to) }, never)) {
      const minuteOf = (time: number): number => (time - at(0)) / MINUTE;
      found.push(`${minuteOf(stretch.from)} ${minuteOf(stretch.to)} ${stretch.klines.length}`);
    }
  })();
  let isDone = false;
  reading.then(
    () => {
      isDone = true;
    },
    () => {
      isDone = true;
    },
  );
  while (!isDone) await clock.turn(1_000);
  await reading;
  return found;
}

test("a long range is asked for page by page, and settled page by page", async () => {
  const exchange = asker(() => undefined);
  expect(await settled(exchange, -2_500, -1)).toEqual(["-2500 -1501 1000", "-1500 -501 1000", "-500 -1 500"]);
  expect(exchange.asked).toEqual(["-2500 -1", "-1500 -1", "-500 -1"]);
});

test("a range without klines costs one question, and minutes that aren't over aren't settled", async () => {
  const exchange = asker((from) => (from < NOW - 9_000 * MINUTE ? Response.json([]) : undefined));
  expect(await settled(exchange, -100_000, -50_000)).toEqual(["-100000 -50000 0"]);
  expect(exchange.asked).toHaveLength(1);
  expect(await settled(exchange, -3, 5)).toEqual(["-3 -1 3"]);
});

test("a row that isn't believed leaves its minute out, and only that", async () => {
  const spoilt = (from: number): Response =>
    Response.json([row(from), row(from + MINUTE).with(2, "1"), row(from + 2 * MINUTE)]);
  expect(await settled(asker(spoilt), -3, -1)).toEqual(["-3 -3 1", "-1 -1 1"]);
});

test("what fails is asked again; a symbol that the exchange doesn't know is settled nowhere", async () => {
  let failures = 0;
  const busy = asker(() => {
    failures += 1;
    return failures < 4 ? new Response("busy", { status: 503 }) : undefined;
  });
  expect(await settled(busy, -3, -1)).toEqual(["-3 -1 3"]);
  expect(busy.asked).toHaveLength(4);
  const unknown = asker(() => Response.json({ code: -1121, msg: "Invalid symbol." }, { status: 400 }));
  expect(await settled(unknown, -3, -1)).toEqual([]);
  const down = asker(() => new Response("down", { status: 500 }));
  await expect(settled(down, -3, -1)).rejects.toThrow("500");
});
