/** A type that only its own parsing function can make, so that what could be mixed up can't be. */
export type Brand<T, Name extends string> = T & { readonly __brand: Name };
