import { type Clock, millis } from "../../src/core/mod.ts";
import type { PageSettings } from "../../src/wire/mod.ts";
import type { PageStorage } from "../shell/storage.ts";

const KEPT_AS = "vyx.settings";

/** A server that didn't say them is asked again after so long, in milliseconds, for as long as the page is open. */
const ASK_AGAIN_AFTER_MS = 3_000;

const NONE: PageSettings = { signIn: null, functionsUrl: null };

/** What the settings are asked with. */
export interface PageSettingsParts {
  /** Asks for a moment: the page shows nothing before. */
  readonly ask: () => Promise<PageSettings>;
  /** Asks with patience. */
  readonly askLonger: () => Promise<PageSettings>;
  readonly storage: PageStorage;
  readonly clock: Pick<Clock, "sleep">;
  /** Loads the page again. */
  readonly reloadPage: () => void;
}

/**
 * What the server tells the page before all else. A page that isn't told in time shows what it can without; when it is told later, it
 * begins anew with what was said, once.
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
      if (settings.signIn === null && settings.functionsUrl === null) return;
      storage.setItem(KEPT_AS, JSON.stringify(settings));
      reloadPage();
      return;
    } catch {
      await clock.sleep(millis(ASK_AGAIN_AFTER_MS));
    }
  }
}

/** They are for the page that begins anew and no other: by the next one the server may have others. */
function takeLate(storage: PageStorage): PageSettings | undefined {
  const text = storage.getItem(KEPT_AS);
  storage.removeItem(KEPT_AS);
  try {
    return (JSON.parse(text ?? "null") as PageSettings | null) ?? undefined;
  } catch {
    return undefined;
  }
}
