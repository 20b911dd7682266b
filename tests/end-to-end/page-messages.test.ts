import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import type { Browser, Page } from "playwright-core";
import { functionRoutes } from "../../src/server/mod.ts";
import { createTraders, type Deliverer, type Sql } from "../../src/traders/mod.ts";
import { buildPage } from "../../web/build.ts";
import { ManualClock } from "../helpers/clock.ts";
import { startDatabases, type TestDatabases } from "../helpers/databases.ts";
import { aTrader, RuleMarket, RuleScreener } from "../helpers/made-up-traders.ts";
import { barriers, CHROMIUM, launchChromium, onPhone, openPage, overflowOf, untilSo } from "../helpers/page-browser.ts";
import { type ServedMarket, serveMarket } from "../helpers/served-market.ts";

const SECRET = `whsec_${"A".repeat(43)}=`;
const suite = CHROMIUM === null ? "messages in the page (chromium is not installed)" : "messages in the page";

describe.skipIf(CHROMIUM === null)(suite, () => {
  let databases: TestDatabases;
  let sql: Sql;
  let market: ServedMarket;
  let browser: Browser;
  let page: Page;
  let complaints: string[] = [];
  let isThere = true;
  let mailedCode = "";
  const deliverer: Deliverer = {
    newSecret: () => SECRET,
    refusal: async (address) =>
      "url" in address && address.url.includes("//10.") ? "nothing is sent there" : undefined,
    test: async () =>
      isThere ? { accepted: true, answer: "200: thanks" } : { accepted: false, answer: "503: no room" },
    sendCode: async (_to, code) => {
      mailedCode = code;
      return { accepted: true, answer: "250 queued" };
    },
    wake: () => {},
  };

  beforeAll(async () => {
    databases = await startDatabases("PGlite");
    ({ sql } = await databases.migrated());
    const traders = createTraders({
      ...{ sql, connections: 1, market: new RuleMarket(), screener: new RuleScreener(), clock: new ManualClock() },
      ...{ stopwatch: () => 0, log: { info: () => {}, warn: () => {} }, origins: [], onError: () => {}, deliverer },
      authorize: async () => ({ owner: "local", isService: false }),
    });
    await traders.table.create("local", aTrader({ name: "Dips" }), undefined);
    market = serveMarket({
      with: {
        ...{ page: await buildPage(), tellsSignals: true, routes: functionRoutes(traders.functions, () => 1) },
        pageSettings: { signIn: null, functionsUrl: null, markets: ["binance"], sendsMail: true },
      },
    });
    browser = await launchChromium();
    ({ page, complaints } = await openPage(browser, { timezoneId: "Asia/Kolkata" }));
    await page.goto(`${market.server.url}/#/traders`);
    await page.getByRole("link", { name: "Messages" }).click();
  });
  afterAll(async () => {
    await browser?.close();
    await market?.server.stop();
    await databases?.stop();
  });

  const add = () => page.getByRole("button", { name: "Add destination" }).click();
  const status = (text: string) => page.getByRole("status").filter({ hasText: text }).waitFor();

  test("adds a destination by keyboard and mouse, and says what is wrong with it in the form's words", async () => {
    await page.getByLabel(/^Send to/).selectOption("Webhook");
    await page.getByLabel("Name", { exact: true }).fill("My bot");
    await page.getByLabel("URL", { exact: true }).fill("https://10.0.0.1/hook");
    await add();
    await page
      .getByRole("alert")
      .filter({ hasText: /^Nothing is sent there/ })
      .waitFor();
    expect(await page.getByLabel("URL", { exact: true }).getAttribute("aria-invalid")).toBe("true");
    await page.getByLabel("URL", { exact: true }).fill("https://hooks.example/vyx-secret-path");
    await page.getByLabel(/^Signals of/).selectOption("Dips");
    await page.getByText("When and how much").click();
    await page.getByLabel("Quiet from, your time").fill("22:00");
    await page.getByLabel("until, your time", { exact: true }).fill("07:00");
    await page.getByText("Quiet from 22:00 to 07:00 your time (16:30 to 01:30 UTC).").waitFor();
    await page.keyboard.press("Enter");
    await status(`shown this once: ${SECRET}`);
    const row = page.getByRole("row").filter({ hasText: "My bot" });
    expect(await row.textContent()).toContain("Webhook, https://hooks.example/…");
    expect(await row.textContent()).toContain("Dips");
    const [stored] = await sql`select quiet_from, quiet_until, traders is not null as chosen from public.destinations`;
    expect(stored).toEqual({ quiet_from: 990, quiet_until: 90, chosen: true });
    expect(await page.getByLabel("Name", { exact: true }).inputValue()).toBe("");
  });

  test("tests it, shows its messages and what became of them, switches it off and deletes it", async () => {
    await page.getByRole("button", { name: "Test My bot" }).click();
    await status("The receiver took it: 200: thanks");
    // The secret is there until the user puts it away.
    await status(`shown this once: ${SECRET}`);
    await page.getByRole("button", { name: "Put away the secret of My bot" }).click();
    await page.getByText(SECRET).waitFor({ state: "detached" });
    isThere = false;
    await page.getByRole("button", { name: "Test My bot" }).click();
    await status("The receiver didn't take it: 503: no room");
    await sql`insert into public.deliveries (destination_id, signal_ids, state, sent, attempts, answer, ended_at)
      select id, '{1}', 'done', 1, 2, '200: thanks', now() from public.destinations`;
    await page.getByRole("button", { name: "Messages to My bot" }).click();
    await page.getByText("1 signal, accepted after 1 failed try (200: thanks)").waitFor();
    await page.getByRole("button", { name: "Change My bot" }).click();
    await untilSo(async () => (await page.getByLabel("Quiet from, your time").inputValue()) === "22:00");
    await page.getByLabel("Messages an hour, at most").fill("7");
    await page.getByRole("button", { name: "Save" }).click();
    await page.getByText("quiet from 22:00 to 07:00 your time (16:30 to 01:30 UTC), 7 an hour at most").waitFor();
    const [kept] = await sql`select address ->> 'url' as url, max_per_hour from public.destinations`;
    expect(kept).toEqual({ url: "https://hooks.example/vyx-secret-path", max_per_hour: 7 });
    await page.getByRole("switch", { name: "My bot is on" }).click();
    await page.locator('[role="switch"][aria-checked="false"]').waitFor();
  });

  test("confirms an e-mail address with the code that was mailed to it", async () => {
    await page.getByLabel(/^Send to/).selectOption("E-mail");
    await page.getByLabel("Name", { exact: true }).fill("My mail");
    await page.getByLabel("E-mail address").fill("ann@example.com");
    await page.keyboard.press("Enter");
    const row = page.getByRole("row").filter({ hasText: "My mail" });
    await row.getByText("Enter the code that was mailed to ann@example.com").waitFor();
    expect(await row.getByRole("button", { name: "Test My mail" }).count()).toBe(0);
    await picture("code");
    expect(await barriers(page)).toEqual([]);
    await row.getByLabel("Code for My mail").fill(mailedCode === "11111111" ? "22222222" : "11111111");
    await page.keyboard.press("Enter");
    await page.getByRole("alert").filter({ hasText: "code: it isn't the one that was mailed last" }).waitFor();
    const before = mailedCode;
    await row.getByRole("button", { name: "Mail another code" }).click();
    await status("Another code is on its way.");
    expect(mailedCode).not.toBe(before);
    await row.getByLabel("Code for My mail").fill(mailedCode.replace(/^(\d{4})/, "$1 "));
    await row.getByRole("button", { name: "Confirm" }).click();
    await status("The address is confirmed");
    await row.getByRole("button", { name: "Test My mail" }).waitFor();
    await page.getByRole("button", { name: "Delete My mail" }).click();
    await row.waitFor({ state: "detached" });
    await status("“My mail” is being deleted.");
    await picture("undo");
    expect(await barriers(page)).toEqual([]);
    await page.getByRole("button", { name: "Undo" }).click();
    await row.waitFor();
    await page.getByRole("button", { name: "Delete My mail" }).click();
    await row.waitFor({ state: "detached" });
  });

  test("says in the list and in the editor where a trader's signals go", async () => {
    await page.getByRole("switch", { name: "My bot is on" }).click();
    await page.locator('[role="switch"][aria-checked="true"]').waitFor();
    // Leaving the screen completes the deletion.
    await page.getByRole("link", { name: "Back to traders" }).click();
    await untilSo(async () => (await sql`select from public.destinations`).length === 1);
    const link = page.getByRole("link", { name: "signals go to My bot" });
    await link.waitFor();
    await picture("list");
    expect(await barriers(page)).toEqual([]);
    await page.getByRole("link", { name: "Dips", exact: true }).click();
    await page.getByRole("textbox", { name: "Name" }).waitFor();
    await link.waitFor();
    await picture("editor");
    expect(await barriers(page)).toEqual([]);
    await link.click();
    await page.getByRole("switch", { name: "My bot is on" }).click();
    await page.locator('[role="switch"][aria-checked="false"]').waitFor();
  });

  test("sends again what was given up", async () => {
    await sql`insert into public.deliveries (destination_id, signal_ids, state, attempts, answer, ended_at)
      select id, '{2}', 'dead', 90, '503: no room', now() from public.destinations where name = 'My bot'`;
    await page.getByRole("button", { name: "Messages to My bot" }).click();
    const given = page.getByRole("listitem").filter({ hasText: "given up after 90 failed tries (503: no room)" });
    await picture("dead");
    expect(await barriers(page)).toEqual([]);
    await given.getByRole("button", { name: /^Send again: delivery \d+ to My bot$/ }).click();
    await page.getByRole("listitem").filter({ hasText: "1 signal, waits after 90 failed tries" }).waitFor();
    const [row] = await sql`select state, first_tried_at from public.deliveries where attempts = 90`;
    expect(row).toEqual({ state: "waiting", first_tried_at: null });
  });

  test("is for everyone in both themes, and fits a phone", async () => {
    for (const scheme of ["light", "dark"] as const) {
      await page.emulateMedia({ colorScheme: scheme });
      expect(await barriers(page)).toEqual([]);
      await picture(scheme);
    }
    await onPhone(page, async () => {
      expect(await overflowOf(page)).toBe(0);
      const last = await page.getByRole("button", { name: "Delete My bot" }).boundingBox();
      expect((last?.x ?? 0) + (last?.width ?? 0)).toBeLessThanOrEqual(380);
      expect(await barriers(page)).toEqual([]);
      const heights = await page
        .locator("main :is(.button, .destination-form input, .destination-form select):visible")
        .evaluateAll((all) => all.map((one) => one.getBoundingClientRect().height));
      expect(Math.min(...heights)).toBeGreaterThanOrEqual(44);
      await picture("phone");
    });
    await page.getByRole("button", { name: "Delete My bot" }).click();
    await page.getByRole("row").filter({ hasText: "My bot" }).waitFor({ state: "detached" });
    // Refused on purpose: an address inside.
    expect(complaints.filter((text) => !text.includes("status of 400"))).toEqual([]);
  });

  async function picture(name: string): Promise<void> {
    if (process.env.PICTURES !== undefined) await page.screenshot({ path: `${process.env.PICTURES}/${name}.png` });
  }
});
