import { InvalidInput } from "../core/mod.ts";
import type { PageSettings } from "../wire/mod.ts";
import type { Settings } from "./settings.ts";

/** The function that receives closes. All functions share its base URL. */
const CLOSE_FUNCTION = /\/trigger-executions\/?$/;

/** The settings that the page loads first. Throws InvalidInput for settings that don't fit together. */
export function pageSettingsOf(settings: Settings): PageSettings {
  const { supabaseUrl: url, supabaseKey: publishableKey, insecureNoAuth } = settings;
  // Without access control nobody has to sign in.
  const isAsked = url !== undefined && publishableKey !== undefined && !insecureNoAuth;
  return {
    signIn: isAsked ? { kind: "supabase", url, publishableKey } : null,
    functionsUrl: functionsUrlOf(settings) ?? null,
    markets: settings.markets,
    sendsMail: settings.smtpUrl !== undefined && settings.closeWebhook === undefined,
  };
}

function functionsUrlOf({ functionsUrl, closeWebhook }: Settings): string | undefined {
  if (closeWebhook !== undefined) {
    return functionsUrl ?? (CLOSE_FUNCTION.test(closeWebhook) ? closeWebhook.replace(CLOSE_FUNCTION, "") : undefined);
  }
  if (functionsUrl === undefined) return undefined;
  throw new InvalidInput(
    "--functions-url: the traders run in this server unless --close-webhook is set: expected both, or neither",
  );
}
