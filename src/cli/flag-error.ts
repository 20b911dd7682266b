import { InvalidInput } from "../core/mod.ts";

/** Puts the flag's name before what is wrong with it. Throws InvalidInput. */
export function named<T>(flag: string, read: () => T): T {
  try {
    return read();
  } catch (cause) {
    if (!(cause instanceof InvalidInput)) throw cause;
    throw new InvalidInput(`--${flag}: ${cause.message}`, { cause });
  }
}
