import { Option } from "commander";
import { SETTINGS } from "./config.ts";
import { PARTS_END } from "./per-market.ts";
import type { SettingName } from "./settings.ts";

/** A setting as a flag of a command; `fallback` where the command's own differs from the setting's. */
export function optionOf(name: SettingName, fallback: string = SETTINGS[name].fallback): Option {
  const { flag, value, says, repeats } = SETTINGS[name];
  const takes = value === "" ? "" : ` <${value}>`;
  const option = new Option(`--${flag}${takes}`, `${says} (default: ${fallback || "none"})`);
  if (repeats !== true) return option;
  return option.argParser((text: string, before: string | undefined) =>
    before === undefined ? text : `${before}${PARTS_END}${text}`,
  );
}
