import { BARE_MARKET, type Clock, isMarketId, millis } from "../../src/core/mod.ts";
import type { PageSettings } from "../../src/wire/mod.ts";
import { keepText, type PageStorage } from "../shell/storage.ts";

const KEPT_AS = "vyx.settings";

/** Interval between retries while the server hasn't sent the settings, in milliseconds. */
const ASK_AGAIN_AFTER_MS = 3_000;

const NONE: PageSettings = { signIn: null, functionsUrl: null, markets: [BARE_MARKET], sendsMail: false };

/** Dependencies of the page's settings. */
export interface PageSettingsParts {
  /** Requests the settings with a short time limit, because the page shows nothing before. */
  readonly ask: () => Promise<PageSettings>;
  /** Requests the settings with the usual time limit. */
  readonly askLonger: () => Promise<PageSettings>;
  readonly storage: PageStorage;
  readonly clock: Pick<Clock, "sleep">;
  /** Loads the page again. */
  readonly reloadPage: () => void;
}

/**
 * Loads the page's settings from the server, before anything else. If they don't arrive in time, the page starts without them. When
 * they arrive later, the page reloads once with them.
 */
export async function loadPageSettings(parts: PageSettingsParts): Promise<PageSettings> {
  const late = takeLate(parts.storage);
  if (late !== undefined) return late;
  try {
    return await parts.ask();
  } catch {
    void waitForThem(parts);
    return NONE;
  }
}

async function waitForThem({ askLonger, storage, clock, reloadPage }: PageSettingsParts): Promise<void> {
  for (;;) {
    try {
      const settings = await askLonger();
      if (settings.signIn === null && settings.functionsUrl === null && settings.markets.length === 1) return;
      if (keepText(storage, KEPT_AS, JSON.stringify(settings))) reloadPage();
      return;
    } catch {
      await clock.sleep(millis(ASK_AGAIN_AFTER_MS));
    }
  }
}

/** Late settings are for the next load only, because the server may change them later. */
function takeLate(storage: PageStorage): PageSettings | undefined {
  const text = storage.getItem(KEPT_AS);
  storage.removeItem(KEPT_AS);
  try {
    const value: unknown = JSON.parse(text ?? "null");
    return isPageSettings(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function isPageSettings(value: unknown): value is PageSettings {
  const { signIn, functionsUrl, markets, sendsMail, scopes } = membersOf<PageSettings>(value);
  const { url, publishableKey } = membersOf<NonNullable<PageSettings["signIn"]>>(signIn);
  return (
    (signIn === null || (isUrl(url) && typeof publishableKey === "string")) &&
    (functionsUrl === null || isUrl(functionsUrl)) &&
    isTextList(markets) &&
    markets.length > 0 &&
    markets.every(isMarketId) &&
    typeof sendsMail === "boolean" &&
    (scopes === undefined || isTextList(scopes))
  );
}

function membersOf<T>(value: unknown): Partial<Record<keyof T, unknown>> {
  return typeof value === "object" && value !== null ? value : {};
}

function isTextList(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((one) => typeof one === "string");
}

function isUrl(value: unknown): boolean {
  return typeof value === "string" && URL.canParse(value);
}
