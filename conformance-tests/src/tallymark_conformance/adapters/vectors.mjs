/** The pure functions of the JavaScript side, as the vectors of the protocol ask for them. */

/** Return them by the name of the file of vectors; `load` imports a module by its stem. */
export async function functions(load) {
  const [{ bucket, sampled }, { mergePatch, text }, { eventId }, retry, { resolve }, { fold }] =
    await Promise.all(["bucket", "canonical", "eventId", "retry", "merge", "profile"].map(load));
  return {
    bucket: ({ seed, unit }) => bucket(seed, unit),
    sampling: ({ unit, rate }) => sampled(unit, rate),
    event_id: ({ stream, seq }) => eventId(stream, seq),
    values: (input) => {
      if (input.op === "merge_patch") return text(mergePatch(input.base, input.patch));
      try {
        return text(JSON.parse(input.text));
      } catch {
        return null;
      }
    },
    retry: (input) => {
      if (input.op === "classify") return retry.classify(input.status, input.code, input.proven);
      if (input.op === "ceiling") return retry.ceilingMs(input.failures);
      return retry.retryAfterMs(input.value, input.now);
    },
    merge: ({ operations, events }) => {
      const identities = resolve(operations);
      return {
        users: Object.fromEntries(identities.users),
        owners: events.map(({ user, device, ts }) => identities.canonical(user, device, ts)),
      };
    },
    profile: (input) => JSON.parse(text(fold(input))),
  };
}
