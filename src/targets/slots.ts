/** Hands out at most `most` places; each comes with the call that gives it back, once. */
export function slots(most: number): () => (() => void) | undefined {
  const taken = new Set<object>();
  return () => {
    if (taken.size >= most) return undefined;
    const slot = {};
    taken.add(slot);
    return () => void taken.delete(slot);
  };
}
