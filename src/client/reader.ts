import { type AnswerSchema, type Check, type ReadAnswer, readChecked } from "../wire/mod.ts";
import { load } from "./load.ts";

/** Reads an answer's value. */
export type Reader<T> = (value: unknown) => ReadAnswer<T>;

/** Gives a reader, which may have to be loaded first. */
export type ReaderSource<T> = () => Reader<T> | Promise<Reader<T>>;

/** For what programs read all the time. */
export function checked<T>(check: Check<T>): ReaderSource<T> {
  const reader: Reader<T> = (value) => readChecked(check, value);
  return () => reader;
}

type Schemas = typeof import("./rare-answers.ts");

/** For rarer answers: their schemas, and what reads them, are loaded with the first call that needs one. */
export function rare<T>(schemaIn: (schemas: Schemas) => AnswerSchema<T>): ReaderSource<T> {
  return async () => {
    const schemas = await load(() => import("./rare-answers.ts"));
    return (value) => schemas.readAnswer(schemaIn(schemas), value);
  };
}
