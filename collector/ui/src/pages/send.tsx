import { Copy } from '../kit/copy.tsx';
import { Notice } from '../kit/notice.tsx';
import { Scroll } from '../kit/scroll.tsx';
import { Tabs } from '../kit/tabs.tsx';
import { Foreign } from '../kit/text.tsx';
import { refusals, stored } from '../state/feed.ts';
import { start } from '../state/start.ts';
import { clock } from '../text/dates.ts';
import { summary } from '../text/event.ts';
import { counted } from '../text/numbers.ts';
import { snippets } from '../text/snippets.ts';
import { Rejection } from './live.tsx';

const ZONE = Intl.DateTimeFormat().resolvedOptions().timeZone;

/** How to send events, with this project's own key and address; and what was rejected so far. */
export function SendPage({ waiting }: { waiting: boolean }) {
  const key = start.value?.write_key;
  return (
    <div class="send">
      <section class={`card${waiting ? ' waiting' : ''}`} aria-labelledby="send-title">
        <header>
          {waiting && <span class="pulse" aria-hidden="true" />}
          <h1 id="send-title">{waiting ? 'Waiting for your first event' : 'Send events'}</h1>
        </header>
        <p>
          {waiting
            ? 'Run one of these. This page turns into your charts the moment the event is stored.'
            : 'Any of these sends one event to this project. It shows up under Live within a second.'}
        </p>
        {(stored.value ?? 0) > 0 && waiting && (
          <p class="note">
            {counted(stored.value ?? 0, 'record')} stored so far, but none of them says that
            something happened.
          </p>
        )}
        {key == null ? (
          <Notice title="This project has no write key">
            <p>
              Make one with <code>tallymark key create --kind write</code>, then load this page
              again.
            </p>
          </Notice>
        ) : (
          <>
            <Tabs
              label="Ways to send an event"
              tabs={snippets(location.origin, key).map((one) => ({
                name: one.language,
                content: <SnippetPanel {...one} />,
              }))}
            />
            <Place writeKey={key} />
          </>
        )}
      </section>
      <Rejections />
    </div>
  );
}

function SnippetPanel({ language, note, code }: { language: string; note: string; code: string }) {
  return (
    <>
      <Scroll kind="code" label={`${language} code`}>
        <pre>{code}</pre>
      </Scroll>
      <p class="under-code">
        <Copy text={code} label="Copy" primary />
        <span class="aside">{note}</span>
      </p>
    </>
  );
}

/** Where events go and with what: the two things every SDK is given. */
function Place({ writeKey }: { writeKey: string }) {
  return (
    <dl class="place-of">
      <div>
        <dt>Address</dt>
        <dd>
          <code>{location.origin}</code>
        </dd>
      </div>
      <div>
        <dt>Write key</dt>
        <dd>
          <code>{writeKey}</code>{' '}
          <span class="aside">may be public: it can send, and read nothing</span>
        </dd>
      </div>
    </dl>
  );
}

function Rejections() {
  const found = refusals.value;
  if (found.length === 0) return null;
  return (
    <section class="card" aria-labelledby="rejected-title">
      <header>
        <h2 id="rejected-title">Rejected events</h2>
      </header>
      <p>These arrived and were not stored. Change the marked line and send them again.</p>
      <ul class="rejections">
        {found.slice(0, 20).map((one) => (
          <li key={one.pos}>
            <h3>
              <Foreign text={summary(one.body).name} limit={60} />{' '}
              <span class="aside">at {clock(one.received_at, ZONE)}</span>
            </h3>
            <Rejection arrival={one} />
          </li>
        ))}
      </ul>
    </section>
  );
}
