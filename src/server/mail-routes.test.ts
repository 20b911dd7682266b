import { afterAll, beforeAll, beforeEach, expect, test } from "bun:test";
import { keyAccess, keyRecord } from "../../tests/helpers/keys.ts";
import { type ServedMarket, serveMarket } from "../../tests/helpers/served-market.ts";
import { DatabaseUnreachable } from "../traders/mod.ts";
import { KeyRing } from "./keys/key-ring.ts";
import { mailRoutes } from "./mail-routes.ts";

const TOKEN = "11111111-0000-4000-8000-000000000000";
const OTHER = "22222222-0000-4000-8000-000000000000";

let market: ServedMarket;
let ended: string[] = [];
let isThere = true;
beforeAll(() => {
  const end = async (token: string): Promise<boolean> => {
    if (!isThere) throw new DatabaseUnreachable("the database can't be reached: gone");
    ended.push(token);
    return token === TOKEN;
  };
  market = serveMarket({ with: { access: keyAccess(new KeyRing([keyRecord("good")])), routes: mailRoutes(end) } });
});
afterAll(() => market?.server.stop());
beforeEach(() => {
  [ended, isThere] = [[], true];
});

const ask = (method: string, token: string, init: RequestInit = {}): Promise<Response> =>
  fetch(`${market.server.url}/mail/${token}`, { method, ...init });

test("reading the link asks, and ends nothing: programs that look through mail read links", async () => {
  const response = await ask("GET", TOKEN);
  expect([response.status, response.headers.get("content-type")]).toEqual([200, "text/html; charset=utf-8"]);
  expect(response.headers.get("content-security-policy")).toContain("default-src 'none'");
  expect(await response.text()).toContain('<form method="post"><button>End the messages</button></form>');
  expect(ended).toEqual([]);
});

test("the button ends the messages, and so does one click in a mail program", async () => {
  const body = "List-Unsubscribe=One-Click";
  const headers = { "content-type": "application/x-www-form-urlencoded" };
  for (const init of [{}, { headers, body: "" }, { headers, body }]) {
    const response = await ask("POST", TOKEN, init);
    expect([response.status, await response.text()]).toEqual([200, expect.stringContaining("The messages have ended")]);
  }
  expect(ended).toEqual([TOKEN, TOKEN, TOKEN]);
});

test("a link that isn't one, isn't known or can't be noted says so", async () => {
  const says = async (method: string, token: string): Promise<[number, string]> => {
    const response = await ask(method, token);
    return [response.status, ((await response.json()) as { detail: string }).detail];
  };
  expect(await says("GET", "nonsense")).toEqual([400, expect.stringContaining("expected the link of an e-mail")]);
  expect(await says("POST", OTHER)).toEqual([404, expect.stringContaining("no address has this link")]);
  isThere = false;
  expect(await says("POST", TOKEN)).toEqual([503, expect.stringContaining("tried again in a minute")]);
  expect(market.errors).toEqual([]);
});
