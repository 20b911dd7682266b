import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { ManualClock } from "../../../tests/helpers/clock.ts";
import { RuleMarket, RuleScreener } from "../../../tests/helpers/made-up-traders.ts";
import { until } from "../../../tests/helpers/until.ts";
import type { FunctionName } from "../../wire/mod.ts";
import { createTraders, type Functions, functionsWithoutDatabase, openDatabase, type Sql } from "../mod.ts";

const ID = "00000000-0000-4000-8000-000000000000";
const OWNER = { owner: "anna", isService: true };

/** Every function that reads a body. */
const READERS: readonly (readonly [name: FunctionName, method: string, path: string])[] = [
  ["get-klines", "POST", ""],
  ["execute-trader", "POST", ""],
  ["trigger-executions", "POST", ""],
  ["traders", "POST", ""],
  ["traders", "POST", "/validate"],
  ["traders", "POST", `/${ID}/enable`],
  ["traders", "PATCH", `/${ID}`],
];

let clock: ManualClock;
let sql: Sql;
let functions: Functions;
beforeEach(() => {
  clock = new ManualClock();
  // Nobody listens there, and nobody asks: a body is read before the database is.
  sql = openDatabase({ url: "postgres://nobody@127.0.0.1:9/none", connections: 1 });
  const log = { info: () => {}, warn: () => {} };
  const market = new RuleMarket();
  ({ functions } = createTraders({
    ...{ sql, connections: 1, market, screener: new RuleScreener(), clock, stopwatch: clock.stopwatch, log },
    origins: [],
    authorize: async () => OWNER,
    onError: () => {},
  }));
});
afterEach(() => sql.end());

/** A request whose body begins and doesn't end, unless the test ends it. */
function begun([name, method, path]: (typeof READERS)[number], headers: Record<string, string> = {}) {
  let end = (_fault?: Error): void => {};
  const body = new ReadableStream<Uint8Array>({
    start: (controller) => {
      controller.enqueue(new TextEncoder().encode(" "));
      end = (fault) => (fault === undefined ? controller.close() : controller.error(fault));
    },
  });
  const request = new Request(`http://host/functions/v1/${name}${path}`, { method, body, headers });
  return { request, end };
}

describe("a body that isn't complete after ten seconds is refused, and its connection is closed", () => {
  test.each(READERS)("%s: %s %s", async (name, method, path) => {
    const { request } = begun([name, method, path]);
    let response: Response | undefined;
    functions(name, request, OWNER).then((answer) => {
      response = answer;
    });
    await until(() => clock.sleepers === 1);
    await clock.turn(9_999);
    expect(response).toBeUndefined();
    await clock.turn(1);
    await until(() => response !== undefined);
    expect([response?.status, response?.headers.get("connection")]).toEqual([400, "close"]);
    expect(await response?.json()).toMatchObject({ detail: "the body wasn't complete after 10 s" });
    expect(clock.sleepers).toBe(0);
  });

  test("also where there is no database yet", async () => {
    const without = functionsWithoutDatabase(new RuleScreener(), clock);
    const answer = without("traders", begun(["traders", "POST", "/validate"]).request, OWNER);
    await until(() => clock.sleepers === 1);
    await clock.turn(10_000);
    expect((await answer).status).toBe(400);
  });
});

test("a body that broke off is the caller's fault, and one that came leaves no timer", async () => {
  const broken = begun(["get-klines", "POST", ""]);
  const answer = functions("get-klines", broken.request, OWNER);
  await until(() => clock.sleepers === 1);
  broken.end(new Error("cut"));
  expect(await (await answer).json()).toMatchObject({ status: 400, detail: "the body broke off" });
  const whole = begun(["get-klines", "POST", ""]);
  whole.end();
  expect((await functions("get-klines", whole.request, OWNER)).status).toBe(400);
  expect(clock.sleepers).toBe(0);
});

test.each(READERS)("a compressed body is refused with 415 before it is read: %s: %s %s", async (name, method, path) => {
  const { request } = begun([name, method, path], { "content-encoding": "gzip" });
  const answer = await functions(name, request, OWNER);
  expect([answer.status, await answer.json()]).toMatchObject([
    415,
    { detail: 'Content-Encoding is "gzip": expected a JSON body that isn\'t compressed' },
  ]);
});
