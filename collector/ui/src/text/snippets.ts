/** A way to send the first event; `language` names its tab. */
export interface Snippet {
  language: string;
  note: string;
  code: string;
}

/** Return how to send one event to *url* with *key*, ready to be pasted. */
export function snippets(url: string, key: string): Snippet[] {
  return [
    {
      language: 'curl',
      note: 'Answers with what became of the event.',
      code: [
        `curl '${url}/v1/e' \\`,
        `  -H 'Authorization: Bearer ${key}' \\`,
        "  -H 'Content-Type: application/json' \\",
        "  -H 'Prefer: return=representation' \\",
        `  -d '{"e": "signup", "u": "user-1", "p": {"plan": "free"}}'`,
      ].join('\n'),
    },
    {
      language: 'Python',
      note: 'Queues, batches and retries by itself; close() delivers what is left.',
      code: [
        'from tallymark import Client',
        '',
        `client = Client("${key}", "${url}")`,
        'client.track("signup", {"plan": "free"}, user="user-1")',
        'client.close()',
      ].join('\n'),
    },
    {
      language: 'JavaScript',
      note: 'One fetch per event, from any page or from Node. The JavaScript SDK comes later.',
      code: [
        `await fetch("${url}/v1/b?k=${key}", {`,
        '  method: "POST",',
        '  body: JSON.stringify({',
        '    v: 1,',
        '    t0: Date.now(),',
        '    events: [',
        '      { id: crypto.randomUUID(), e: "signup", u: "user-1", p: { plan: "free" } },',
        '    ],',
        '  }),',
        '});',
      ].join('\n'),
    },
    {
      language: 'HTML',
      note: 'A pixel: for e-mail and pages that may run no script.',
      code: `<img src="${url}/v1/e.gif?k=${key}&amp;e=signup&amp;u=user-1" alt="" width="1" height="1">`,
    },
  ];
}
