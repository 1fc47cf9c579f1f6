import { describe, expect, it } from 'vitest';
import { problemOf } from '../src/api/problem.ts';
import { begun, brief, bucket, shifted, span, tick, today, unfinished } from '../src/text/dates.ts';
import { summary } from '../src/text/event.ts';
import { change, counted, duration, number, percent, roughly } from '../src/text/numbers.ts';
import { shortened, shown } from '../src/text/shown.ts';
import { snippets } from '../src/text/snippets.ts';

describe('text of others', () => {
  it('shows what would be invisible', () => {
    expect(shown('a\u0000b')).toBe('a\\u{0}b');
    expect(shown('\u202egnp.exe')).toBe('\\u{202e}gnp.exe');
    expect(shown('zero\u200bwidth\ufeff')).toBe('zero\\u{200b}width\\u{feff}');
    expect(shown('\u{e0041}tag')).toBe('\\u{e0041}tag');
    expect(shown('line\nbreak')).toBe('line\\u{a}break');
  });

  it('leaves every script and emoji as it is', () => {
    for (const text of ['Žluťoučký kůň', 'שלום', '日本語', '😀 ok', '<script>', '=1+1']) {
      expect(shown(text)).toBe(text);
    }
  });

  it('is cut between characters, never inside one', () => {
    expect(shortened('😀😀😀', 2)).toBe('😀…');
    expect(shortened('abc', 3)).toBe('abc');
  });
});

describe('numbers', () => {
  it('carry their separators and units', () => {
    expect(number(31_106)).toBe('31,106');
    expect(number(null)).toBe('–');
    expect(counted(1, 'user')).toBe('1 user');
    expect(counted(0, 'event')).toBe('0 events');
    expect(percent(0.8731)).toBe('87.3%');
    expect(roughly(0.005)).toBe('1%');
    expect(percent(null)).toBe('–');
    expect([0.125, -0.5, 0].map(change)).toEqual(['+12.5%', '-50%', '0%']);
  });

  it('say durations in their two largest units', () => {
    expect([0.25, 59, 61, 3_600, 90_061, 172_800].map(duration)).toEqual([
      '250 ms',
      '59 s',
      '1 min 1 s',
      '1 h',
      '1 d 1 h',
      '2 d',
    ]);
    expect(duration(null)).toBe('–');
  });
});

describe('dates', () => {
  it('are labels of local days, whatever the zone of the reader', () => {
    expect(tick('2024-01-04', 'day')).toBe('4 Jan');
    expect(tick('2024-01-01', 'month')).toBe('Jan 2024');
    expect(tick('2024-01-04T23:00+01:00', 'hour')).toBe('23:00');
    expect(tick('2024-01-05T00:00+01:00', 'hour')).toBe('5 Jan');
    expect(bucket('2024-01-01', 'week')).toBe('week of Mon, 1 Jan 2024');
    expect(brief('2024-01-01', 'week')).toBe('1 Jan 2024');
  });

  it('count days across the ends of months and leap days', () => {
    expect(shifted('2024-03-01', -1)).toBe('2024-02-29');
    expect(shifted('2024-12-31', 1)).toBe('2025-01-01');
    expect(span('2024-02-28', '2024-03-01')).toBe(3);
  });

  it('take today from the zone asked for', () => {
    const moment = Date.parse('2024-01-01T02:00:00Z');
    expect(today('America/New_York', moment)).toBe('2023-12-31');
    expect(today('Asia/Tokyo', moment)).toBe('2024-01-01');
  });

  it('know which bucket has begun', () => {
    const now = Date.parse('2024-01-10T23:30:00Z');
    expect(begun('2024-01-10T23:00+00:00', 'hour', 'UTC', now)).toBe(true);
    expect(begun('2024-01-11T00:00+00:00', 'hour', 'UTC', now)).toBe(false);
    expect(begun('2024-01-11', 'day', 'UTC', now)).toBe(false);
    expect(begun('2024-01-11', 'day', 'Europe/Prague', now)).toBe(true);
    expect(begun('2024-02-01', 'month', 'UTC', now)).toBe(false);
  });

  it('know which bucket is not over', () => {
    const now = Date.parse('2024-01-10T12:00:00Z');
    expect(unfinished('2024-01-10', 'day', 'UTC', now)).toBe(true);
    expect(unfinished('2024-01-09', 'day', 'UTC', now)).toBe(false);
    expect(unfinished('2024-01-08', 'week', 'UTC', now)).toBe(true);
    expect(unfinished('2024-01-01', 'week', 'UTC', now)).toBe(false);
    expect(unfinished('2024-01-01', 'month', 'UTC', now)).toBe(true);
    expect(unfinished('2024-01-10T11:00+00:00', 'hour', 'UTC', now)).toBe(false);
    expect(unfinished('2024-01-10T12:00+00:00', 'hour', 'UTC', now)).toBe(true);
  });
});

describe('a summary', () => {
  it('holds name, user and properties', () => {
    const body = '{"k":"track","e":"buy","u":"ann","p":{"plan":"pro","n":2,"tags":["a"]}}';
    expect(summary(body)).toEqual({
      name: 'buy',
      who: 'ann',
      properties: 'plan: pro · n: 2 · tags: ["a"]',
    });
  });

  it('says whom an identify links', () => {
    const body = '{"k":"identify","d":"phone-1","u":"ann","p":{"plan":"pro"}}';
    expect(summary(body)).toEqual({
      name: '(identify)',
      who: 'ann',
      properties: 'device: phone-1 · plan: pro',
    });
  });

  it('survives bodies of any shape', () => {
    for (const body of ['', 'null', '[]', '3', '{"e":7,"u":[],"p":"x"}', '{"k":"profile"}']) {
      expect(typeof summary(body).name).toBe('string');
    }
  });
});

describe('a problem', () => {
  it('is read from its document, or made from the status alone', () => {
    const full = problemOf(422, { code: 'bad_question', detail: 'no', path: 'steps' });
    expect([full.code, full.message, full.path]).toEqual(['bad_question', 'no', 'steps']);
    const bare = problemOf(502, null);
    expect([bare.status, bare.code]).toEqual([502, 'unreadable']);
  });
});

describe('snippets', () => {
  it('hold the key and the address of this project', () => {
    const all = snippets('http://127.0.0.1:7300', 'tmk_x');
    expect(all.map((one) => one.language)).toEqual(['curl', 'Python', 'Web page', 'Node', 'HTML']);
    for (const { code } of all) {
      expect(code).toContain('http://127.0.0.1:7300');
      expect(code).toContain('tmk_x');
    }
  });
});
