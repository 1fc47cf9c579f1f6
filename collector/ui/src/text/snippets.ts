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
      language: 'Web page',
      note: 'Page views at once; loses no event when the visitor leaves or is offline.',
      code: [
        `<script async src="${url}/tm.js" data-key="${key}"></script>`,
        '<script>',
        '  window.tallymark = window.tallymark || [];',
        '  tallymark.push(["track", "signup", { plan: "free" }]);',
        '</script>',
      ].join('\n'),
    },
    {
      language: 'Node',
      note: 'Queues, batches and retries by itself; what is left survives the process.',
      code: [
        'import { Client } from "@tallymark/node";',
        '',
        `const client = new Client("${key}", "${url}");`,
        'client.track("signup", { plan: "free" }, { user: "user-1" });',
        'await client.close();',
      ].join('\n'),
    },
    {
      language: 'HTML',
      note: 'A pixel: for e-mail and pages that may run no script.',
      code: `<img src="${url}/v1/e.gif?k=${key}&amp;e=signup&amp;u=user-1" alt="" width="1" height="1">`,
    },
  ];
}
