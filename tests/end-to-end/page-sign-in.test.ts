import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { rmSync } from "node:fs";
import type { Browser, Page } from "playwright-core";
import { systemClock } from "../../src/cli/clock.ts";
import type { RunningVyx } from "../../src/cli/serve.ts";
import { createClient } from "../../src/client/mod.ts";
import { createExchange, type Exchange } from "../../src/exchange/mod.ts";
import { createSandbox } from "../../src/sandbox/mod.ts";
import { keyHash } from "../../src/server/mod.ts";
import { authorizeBy, ClientMarket, createTraders, StrategyScreener, userTokens } from "../../src/traders/mod.ts";
import { FUNCTIONS, type FunctionName } from "../../src/wire/mod.ts";
import { startDatabases, type TestDatabases } from "../helpers/databases.ts";
import { dataFolder } from "../helpers/made-database.ts";
import { barriers, CHROMIUM, launchChromium, onPhone, openPage, overflowOf, untilSo } from "../helpers/page-browser.ts";
import { startOn } from "../helpers/running-vyx.ts";
import { PUBLISHABLE_KEY, SignInProject } from "../helpers/sign-in-project.ts";

const EMAIL = "anna@example.org";
const PASSWORD = "a-password-for-this-test";
const NEW_PASSWORD = "another-password-for-this-test";
const FILTER = "const { close } = candles('1m');\nreturn { match: true, facts: { close: close.at(-1) } };";

/** The address of one function, on a host of functions, is matched by its name. */
const NAME_IN_PATH = new RegExp(`/functions/v1/(${FUNCTIONS.join("|")})`);

const suite = CHROMIUM === null ? "signing in on the page (chromium is not installed)" : "signing in on the page";

describe.skipIf(CHROMIUM === null)(suite, () => {
  let exchange: Exchange;
  let project: SignInProject;
  let browser: Browser;

  beforeAll(async () => {
    exchange = createExchange({ port: 0, clock: systemClock, symbols: 2, speed: 20 });
    [project, browser] = await Promise.all([SignInProject.start(), launchChromium()]);
    project.addAccount(EMAIL, PASSWORD);
  });
  afterAll(async () => {
    await browser?.close();
    await project?.stop();
    await exchange?.stop();
  });

  const heading = (page: Page) => page.getByRole("heading", { name: "Sign in" });
  const pricesMove = async (page: Page): Promise<void> => {
    await page.locator(".row .cell-price").first().waitFor();
    const prices = (): Promise<string[]> => page.locator(".cell-price").allTextContents();
    const before = String(await prices());
    await untilSo(async () => String(await prices()) !== before);
  };
  const signIn = async (page: Page, password = PASSWORD): Promise<void> => {
    await page.getByLabel("E-mail").fill(EMAIL);
    await page.keyboard.press("Tab");
    await page.keyboard.type(password);
    await page.keyboard.press("Enter");
    await page.getByRole("button", { name: `Sign out ${EMAIL}` }).waitFor();
  };
  /** What the tab keeps, as if so much of it had already passed, in seconds. */
  const age = (page: Page, seconds: number): Promise<void> =>
    page.evaluate((passed) => {
      const kept = JSON.parse(sessionStorage.getItem("vyx.session") ?? "{}");
      kept.expires_at -= passed;
      sessionStorage.setItem("vyx.session", JSON.stringify(kept));
    }, seconds);
  const tokenIn = (page: Page): Promise<string> =>
    page.evaluate(() => JSON.parse(sessionStorage.getItem("vyx.session") ?? "{}").access_token);
  const renewals = (): number => project.asked.filter((one) => one === "POST token refresh_token").length;

  describe("of a server that has the traders itself", () => {
    let vyx: RunningVyx;
    let folder: string;
    let page: Page;
    let complaints: string[] = [];

    beforeAll(async () => {
      folder = await dataFolder();
      vyx = await startOn(exchange, {
        intervals: "1m",
        dataDir: folder,
        supabaseUrl: project.url,
        supabaseKey: PUBLISHABLE_KEY,
        apiKeys: `bot:${keyHash("a-key")}:read,trade`,
      });
      ({ page, complaints } = await openPage(browser));
    });
    afterAll(async () => {
      await page?.context().close();
      await vyx?.stop();
      rmSync(folder, { recursive: true, force: true });
    });

    test("it shows a form without barriers, in both themes and on a phone", async () => {
      await page.goto(vyx.url);
      await heading(page).waitFor();
      await page.emulateMedia({ colorScheme: "dark", reducedMotion: "reduce" });
      expect(await barriers(page)).toEqual([]);
      await page.getByText("Use an API key instead").click();
      await page.getByLabel("API key").waitFor();
      await onPhone(page, async () => {
        await page.emulateMedia({ colorScheme: "light", reducedMotion: "reduce" });
        expect(await overflowOf(page)).toBeLessThanOrEqual(0);
        expect(await barriers(page)).toEqual([]);
      });
      // Without a session there is nothing to renew, so what renews it hasn't been fetched.
      const loaded = await page.evaluate(() => performance.getEntriesByType("resource").map(({ name }) => name));
      expect(loaded.filter((name) => name.includes("project-sign-in"))).toEqual([]);
    });

    test("it says what is wrong, and what is to be done", async () => {
      const alert = page.getByRole("alert").first();
      await page.getByRole("button", { name: "Sign in" }).click();
      await alert.filter({ hasText: "Enter your e-mail address" }).waitFor();
      await page.getByLabel("E-mail").fill(EMAIL);
      await page.getByRole("button", { name: "Sign in" }).click();
      await alert.filter({ hasText: "Enter your password." }).waitFor();
      await page.getByLabel("Password").fill("another-password");
      await page.keyboard.press("Enter");
      await alert.filter({ hasText: "The e-mail address or the password is wrong." }).waitFor();
      await page.getByRole("button", { name: "Create an account" }).click();
      await alert.filter({ hasText: "An account with this e-mail address already exists. Sign in." }).waitFor();
      await page.getByRole("button", { name: "Forgot password" }).click();
      await page
        .getByRole("status")
        .filter({ hasText: `If ${EMAIL} has an account` })
        .waitFor();
      project.confirmsAtOnce = false;
      await page.getByLabel("E-mail").fill("new@example.org");
      await page.getByRole("button", { name: "Create an account" }).click();
      await page.getByRole("status").filter({ hasText: "We have sent an e-mail to new@example.org" }).waitFor();
      project.confirmsAtOnce = true;
      expect(await page.evaluate(() => sessionStorage.length)).toBe(0);
      // Chrome tells each refusal on its console.
      expect(complaints.splice(0).filter((one) => !one.startsWith("Failed to load resource"))).toEqual([]);
    });

    test("whoever signs in sees prices move, over the socket, by the keyboard alone", async () => {
      await page.getByLabel("E-mail").fill("");
      await signIn(page);
      await page.locator('.sign[data-connection="connected"]').waitFor();
      await pricesMove(page);
      expect(await page.locator(".who").textContent()).toBe(EMAIL);
      await onPhone(page, async () => expect(await overflowOf(page)).toBeLessThanOrEqual(0));
      await page.reload();
      await pricesMove(page);
    });

    test("they have traders of their own, whose signals arrive, and which nobody else sees", async () => {
      await page.goto(`${vyx.url}/#/traders/new`);
      await page.getByRole("textbox", { name: "Name" }).fill("Anna's");
      await page.getByRole("textbox", { name: "Filter" }).click();
      await page.keyboard.press("Control+a");
      await page.keyboard.insertText(FILTER);
      await page.locator('.check-line[data-checked="well"]').waitFor();
      await page.getByRole("button", { name: "Save and run" }).click();
      await page.getByText("Saved. It runs at the next close.").waitFor();
      await page.getByRole("link", { name: "Signals", exact: true }).click();
      await page.locator(".signals .entry").first().waitFor();
      const owner = async (apiKey: string): Promise<string[]> =>
        (await createClient({ url: vyx.url, apiKey }).traders.list()).traders.map((trader) => trader.owner);
      const { sub } = JSON.parse(atob((await tokenIn(page)).split(".")[1] ?? "")) as { sub: string };
      expect(await owner(await tokenIn(page))).toEqual([sub]);
      expect(await owner(await project.token({ sub: "bert" }))).toEqual([]);
      expect(await owner("a-key")).toEqual([]);
    });

    test("a session that has run out while the page was away is renewed", async () => {
      await page.goto(`${vyx.url}/#/markets`);
      const [before, token] = [renewals(), await tokenIn(page)];
      await age(page, 3_600);
      await page.reload();
      await pricesMove(page);
      expect(renewals()).toBeGreaterThan(before);
      expect(await tokenIn(page)).not.toBe(token);
    });

    test("one that runs out while the page is open is renewed in time, though the machine slept", async () => {
      // From here on the page's clock is two hours ahead of the project's.
      await page.clock.install();
      await page.reload();
      await pricesMove(page);
      const before = renewals();
      await page.clock.fastForward("02:00:00");
      await untilSo(async () => renewals() > before);
      await page.locator('.sign[data-connection="connected"]').waitFor();
      await pricesMove(page);
      // What it got is good as long as it says, by whatever clock.
      const after = renewals();
      await page.reload();
      await pricesMove(page);
      expect(renewals()).toBe(after);
    });

    test("has met nothing that the browser complains of", () => {
      expect(complaints).toEqual([]);
    });

    test("a page that isn't told of the sign-in in time begins anew once it is, and nobody has to sign in again", async () => {
      let asked = 0;
      await page.route("**/page-settings", (route) => {
        // Once it is signed in, the page asks what the user may do.
        if (route.request().headers().authorization !== undefined) return route.continue();
        asked += 1;
        return asked === 1 ? route.fulfill({ status: 404, body: "" }) : route.continue();
      });
      await page.reload();
      await page.getByRole("button", { name: `Sign out ${EMAIL}` }).waitFor();
      await pricesMove(page);
      // The page that began anew didn't ask again.
      expect(asked).toBe(2);
      await page.unroute("**/page-settings");
    });

    test("a token that only this machine's clock takes for good is renewed when the server refuses it", async () => {
      const before = renewals();
      await page.evaluate(
        (expired) => {
          const kept = JSON.parse(sessionStorage.getItem("vyx.session") ?? "{}");
          sessionStorage.setItem("vyx.session", JSON.stringify({ ...kept, access_token: expired }));
        },
        await project.token({ exp: 1_000_000_000 }),
      );
      await page.reload();
      await untilSo(async () => renewals() > before);
      await pricesMove(page);
    });

    test("one that the project won't renew leads back to the form, which says so", async () => {
      project.revokeSessions();
      await age(page, 3_600);
      await page.getByRole("link", { name: "Traders", exact: true }).click();
      await heading(page).waitFor();
      await page.getByText("Your session has expired. Sign in again.").waitFor();
      expect(await page.evaluate(() => sessionStorage.getItem("vyx.session"))).toBeNull();
      await page.getByRole("link", { name: "Markets", exact: true }).click();
    });

    test("signing out leads back to the form, and leaves nothing behind", async () => {
      await signIn(page);
      await pricesMove(page);
      await page.getByRole("button", { name: `Sign out ${EMAIL}` }).click();
      await heading(page).waitFor();
      await page.getByText("This server requires an account at").waitFor();
      expect(project.asked.at(-1)).toBe("POST logout");
      expect(await page.evaluate(() => [sessionStorage.length, localStorage.getItem("vyx.session")])).toEqual([
        0,
        null,
      ]);
    });

    test("whoever forgot their password chooses another one by the link in the mail", async () => {
      const { length } = project.mailed;
      await page.getByLabel("E-mail").fill(EMAIL);
      await page.getByRole("button", { name: "Forgot password" }).click();
      await untilSo(async () => project.mailed.length > length);
      await page.goto("about:blank");
      await page.goto(project.mailed.at(-1) ?? "");
      await page.getByRole("heading", { name: "Choose a new password" }).waitFor();
      await page.getByText(`For the account ${EMAIL}.`).waitFor();
      expect(await barriers(page)).toEqual([]);
      await page.getByLabel("New password").fill("short");
      await page.keyboard.press("Enter");
      await page.getByRole("alert").filter({ hasText: "at least 6 characters" }).waitFor();
      await page.getByLabel("New password").fill(NEW_PASSWORD);
      await page.keyboard.press("Enter");
      await page.getByRole("button", { name: `Sign out ${EMAIL}` }).waitFor();
      await pricesMove(page);
      expect(page.url()).toBe(`${vyx.url}/#/markets`);
      await page.getByRole("button", { name: `Sign out ${EMAIL}` }).click();
      await heading(page).waitFor();
    });

    test("a new account is signed in at once, where no mail has to confirm it", async () => {
      await page.getByLabel("E-mail").fill("carl@example.org");
      await page.getByLabel("Password").fill(PASSWORD);
      await page.getByRole("button", { name: "Create an account" }).click();
      await page.getByRole("button", { name: "Sign out carl@example.org" }).waitFor();
      await pricesMove(page);
    });
  });

  describe("of a server whose traders run elsewhere", () => {
    let vyx: RunningVyx;
    let databases: TestDatabases;
    let functions: Bun.Server<undefined>;
    let page: Page;
    let complaints: string[] = [];

    beforeAll(async () => {
      databases = await startDatabases("PGlite");
      const { sql } = await databases.migrated();
      const stopwatch = (): number => performance.now();
      let answer: (request: Request) => Promise<Response> = async () => new Response(null, { status: 503 });
      functions = Bun.serve({ port: 0, hostname: "127.0.0.1", fetch: (request) => answer(request) });
      vyx = await startOn(exchange, {
        intervals: "1m",
        supabaseUrl: project.url,
        supabaseKey: PUBLISHABLE_KEY,
        apiKeys: `functions:${keyHash("a-key")}:read`,
        closeWebhook: `${functions.url}functions/v1/trigger-executions`,
        closeWebhookKey: "the-service-key",
      });
      const traders = createTraders({
        sql,
        connections: 4,
        market: new ClientMarket(createClient({ url: vyx.url, apiKey: "a-key" })),
        screener: new StrategyScreener(await createSandbox({ stopwatch }), stopwatch),
        clock: systemClock,
        stopwatch,
        log: { info: () => {}, warn: () => {} },
        origins: [vyx.url],
        authorize: authorizeBy({
          serviceKeys: ["the-service-key"],
          readToken: userTokens({
            jwtSecret: undefined,
            jwksUrl: `${project.url}/auth/v1/.well-known/jwks.json`,
            issuer: `${project.url}/auth/v1`,
            now: () => systemClock.now(),
          }),
          tradeKeys: new Map(),
        }),
        onError: (_, cause) => console.error(cause),
      });
      answer = (request) => traders.functions(NAME_IN_PATH.exec(request.url)?.[1] as FunctionName, request);
      ({ page, complaints } = await openPage(browser));
    });
    afterAll(async () => {
      await page?.context().close();
      await vyx?.stop();
      await functions?.stop(true);
      await databases?.stop();
    });

    test("traders are kept there, and their signals come as they are asked for", async () => {
      await page.goto(vyx.url);
      // The one that was chosen above.
      await signIn(page, NEW_PASSWORD);
      complaints.length = 0;
      await page.getByRole("link", { name: "Signals", exact: true }).click();
      await page.getByText("No signals yet.").waitFor();
      const apiKey = await tokenIn(page);
      const client = createClient({ url: vyx.url, functionsUrl: `${functions.url}functions/v1`, apiKey });
      const trader = {
        name: "Elsewhere",
        code: FILTER,
        timeframes: ["1m"],
        triggerInterval: "1m",
        enabled: true,
      } as const;
      await client.traders.create(trader);
      await page.locator(".signals .entry").first().waitFor();
      await page.getByRole("link", { name: "Traders", exact: true }).click();
      await page.locator(".traders .entry", { hasText: "Elsewhere" }).waitFor();
      expect(await page.getByText("hosts no traders").count()).toBe(0);
    });

    test("a trader is changed and deleted there from the page", async () => {
      const row = page.locator(".traders .entry", { hasText: "Elsewhere" });
      await row.getByRole("switch").click();
      await row.getByRole("switch", { checked: false }).waitFor();
      await row.getByRole("button", { name: "Delete" }).click();
      await page.goto("about:blank");
      const client = createClient({
        url: vyx.url,
        functionsUrl: `${functions.url}functions/v1`,
        apiKey: "the-service-key",
      });
      await untilSo(async () => (await client.traders.list()).count === 0);
      expect(complaints).toEqual([]);
    });
  });
});
