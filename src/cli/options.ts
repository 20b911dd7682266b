import { Option } from "commander";
import { SETTINGS, type SettingName } from "./config.ts";

/** A setting as a flag of a command; `fallback` where the command's own differs from the setting's. */
export function optionOf(name: SettingName, fallback: string = SETTINGS[name].fallback): Option {
  const { flag, value, says } = SETTINGS[name];
  const takes = value === "" ? "" : ` <${value}>`;
  return new Option(`--${flag}${takes}`, `${says} (default: ${fallback || "none"})`);
}
