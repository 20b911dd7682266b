/** The same items; the next one is asked for before the last one is done with. Ends what it reads from when its reader leaves. */
export async function* readAhead<Item>(items: AsyncIterable<Item>): AsyncGenerator<Item, void> {
  const iterator = items[Symbol.asyncIterator]();
  let next = iterator.next();
  try {
    for (;;) {
      const { value, done } = await next;
      if (done === true) return;
      next = iterator.next();
      // It is awaited when the reader comes back; until then a failure isn't unhandled.
      next.catch(() => {});
      yield value;
    }
  } finally {
    await iterator.return?.();
  }
}
