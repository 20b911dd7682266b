import { didYouMean, InvalidInput } from "../core/mod.ts";
import { SETTINGS } from "./config.ts";
import { type FileValues, readConfigFile } from "./config-file.ts";
import { variableOf } from "./setting.ts";
import type { SettingName, Settings } from "./settings.ts";

/** What is in force: the values, and for each its text and where that came from. */
export interface SettingsInForce {
  readonly settings: Settings;
  readonly texts: Readonly<Record<SettingName, { text: string; origin: SettingOrigin }>>;
}

/**
 * Reads the settings: a flag before its variable, that before the file's value, that before the default. Throws InvalidInput that names the flag or
 * variable and what would be right; a VYX_ variable that no setting knows is an error too. `fallbacks` come before the
 * settings' own defaults. Where the default is shown as none, "none" is understood.
 */
export function readSettings(
  flags: Readonly<Record<string, string | true | undefined>>,
  environment: Readonly<Record<string, string | undefined>>,
  fallbacks: Readonly<Partial<Record<SettingName, string>>> = {},
): SettingsInForce {
  refuseUnknownVariables(environment);
  const names = Object.keys(SETTINGS) as SettingName[];
  const file = fileOf(flags, environment);
  const saidOf = (name: SettingName): string | undefined => {
    const { flag } = SETTINGS[name];
    return flags[name] === undefined ? (environment[variableOf(flag)] ?? file.get(flag)) : String(flags[name]);
  };
  const isFollowing =
    saidOf("role") === "serve" || !["", "none", undefined].includes(saidOf("upstream") ?? fallbacks.upstream);
  const settings: Record<string, unknown> = {};
  const texts: Record<string, { text: string; origin: SettingOrigin }> = {};
  for (const name of names) {
    const { flag, read } = SETTINGS[name];
    const followed = isFollowing ? FOLLOWER_FALLBACKS[name] : undefined;
    const fallback = fallbacks[name] ?? followed ?? SETTINGS[name].fallback;
    const variable = variableOf(flag);
    const said = saidOf(name);
    const given = said === "none" && SETTINGS[name].fallback === "" ? "" : said;
    const origin =
      flags[name] !== undefined
        ? "flag"
        : environment[variable] !== undefined
          ? "variable"
          : file.has(flag)
            ? "file"
            : "default";
    try {
      settings[name] = read(given ?? fallback);
    } catch (cause) {
      if (!(cause instanceof InvalidInput)) throw cause;
      throw new InvalidInput(`${settingPlace(flag, origin)}: ${cause.message}`, { cause });
    }
    texts[name] = { text: given ?? fallback, origin };
  }
  return { settings: settings as unknown as Settings, texts: texts as SettingsInForce["texts"] };
}

/** The defaults of a server that follows another one: all symbols that are there. */
export const FOLLOWER_FALLBACKS: Readonly<Partial<Record<SettingName, string>>> = { symbols: "*", quote: "any" };

/** The values of the file of settings, if there is one. */
function fileOf(
  flags: Readonly<Record<string, string | true | undefined>>,
  environment: Readonly<Record<string, string | undefined>>,
): FileValues {
  const path = flags.config ?? environment[variableOf(SETTINGS.config.flag)];
  if (typeof path !== "string" || path === "" || path === "none") return new Map();
  const names = (Object.keys(SETTINGS) as SettingName[]).filter((name) => name !== "config");
  return readConfigFile(
    path,
    names.map((name) => SETTINGS[name].flag),
  );
}

/** Variables that other commands read, or the functions: they may lie beside the settings, and aren't any. */
export const OTHER_VARIABLES: readonly string[] = ["VYX_URL", "VYX_API_KEY", "VYX_SERVICE_KEY"];

/** Throws InvalidInput for a VYX_ variable that nothing reads, and names the one that was probably meant. */
export function refuseUnknownVariables(environment: Readonly<Record<string, string | undefined>>): void {
  const settings = (Object.keys(SETTINGS) as SettingName[]).map((name) => variableOf(SETTINGS[name].flag));
  const known = [...settings, ...OTHER_VARIABLES];
  const unknown = Object.keys(environment).find((name) => name.startsWith("VYX_") && !known.includes(name));
  if (unknown === undefined) return;
  throw new InvalidInput(`unknown variable ${unknown}:${didYouMean(unknown, known)} known are ${known.join(", ")}`);
}

/** Where a value came from. */
export type SettingOrigin = "flag" | "variable" | "file" | "default";

/** Where a setting was given, for messages: its variable, its key in the file, or else its flag. */
export function settingPlace(flag: string, origin: SettingOrigin): string {
  if (origin === "variable") return variableOf(flag);
  return origin === "file" ? `${flag} in the file of settings` : `--${flag}`;
}
