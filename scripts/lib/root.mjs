import { dirname } from "node:path";
import { fileURLToPath } from "node:url";

/** The folder that holds package.json. */
export const ROOT = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

/** Trouble that the person at the terminal can do something about: its message is for them, a stack trace isn't. */
export class Refusal extends Error {}
