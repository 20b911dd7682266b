import { InvalidInput } from "../core/mod.ts";
import type { PageSettings } from "../wire/mod.ts";
import type { Settings } from "./config.ts";

/** The function that closes are told to, which stands beside all others. */
const TOLD_CLOSES = /\/trigger-executions\/?$/;

/** What the page is told before it asks for anything else. Throws InvalidInput for what doesn't go together. */
export function pageSettingsOf(settings: Settings): PageSettings {
  const { supabaseUrl: url, supabaseKey: publishableKey, insecureNoAuth } = settings;
  // Where everyone may do everything, nobody is asked who they are.
  const isAsked = url !== undefined && publishableKey !== undefined && !insecureNoAuth;
  return {
    signIn: isAsked ? { kind: "supabase", url, publishableKey } : null,
    functionsUrl: functionsUrlOf(settings) ?? null,
  };
}

function functionsUrlOf({ functionsUrl, closeWebhook }: Settings): string | undefined {
  if (closeWebhook !== undefined) {
    return functionsUrl ?? (TOLD_CLOSES.test(closeWebhook) ? closeWebhook.replace(TOLD_CLOSES, "") : undefined);
  }
  if (functionsUrl === undefined) return undefined;
  throw new InvalidInput(
    "--functions-url: the traders run in this server unless --close-webhook is set: expected both, or neither",
  );
}
