import { metrics as meters, type Span, type SpanOptions, trace } from '@opentelemetry/api';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { memoryDriver } from '../../memory.js';
import { createStore } from '../store/create-store.js';
import { metrics } from './metrics.js';

const SECRET = 'hunter2';
const durations: { seconds: number; attributes: Record<string, unknown> }[] = [];
const spans: {
  name: string;
  attributes: Record<string, unknown>;
  status?: unknown;
  ended: boolean;
}[] = [];

/** The smallest providers that write down what they are told. */
beforeAll(() => {
  const histogram = {
    record: (seconds: number, attributes: Record<string, unknown>) =>
      void durations.push({ seconds, attributes: { ...attributes } }),
  };
  meters.setGlobalMeterProvider({
    getMeter: () => ({ createHistogram: () => histogram }),
  } as never);
  const startSpan = (name: string, options: SpanOptions): Span => {
    const span = {
      name,
      attributes: { ...options.attributes },
      ended: false,
    } as (typeof spans)[number];
    spans.push(span);
    return {
      setAttribute(key: string, value: unknown) {
        span.attributes[key] = value;
      },
      setStatus(status: unknown) {
        span.status = status;
      },
      end() {
        span.ended = true;
      },
    } as never;
  };
  trace.setGlobalTracerProvider({ getTracer: () => ({ startSpan }) } as never);
});
beforeEach(() => {
  durations.length = 0;
  spans.length = 0;
});
afterAll(() => {
  meters.disable();
  trace.disable();
});

describe('metrics', () => {
  it('records a duration and a span for every command, by the conventions', async () => {
    const hooks = [metrics({ system: 'memory', namespace: 'app' })];
    const store = createStore({ driver: memoryDriver(), hooks });
    await store.set(SECRET, SECRET);
    await store.getMany([SECRET, 'b', 'c']);
    expect(durations.map(({ attributes }) => attributes)).toEqual([
      { 'db.system.name': 'memory', 'db.operation.name': 'write', 'db.namespace': 'app' },
      { 'db.system.name': 'memory', 'db.operation.name': 'get', 'db.namespace': 'app' },
    ]);
    for (const { seconds } of durations) expect(seconds).toBeLessThan(10);
    expect(spans).toMatchObject([
      { name: 'write app', ended: true },
      { name: 'get app', ended: true, attributes: { 'db.operation.batch.size': 3 } },
    ]);
    expect(JSON.stringify([durations, spans])).not.toContain(SECRET);
  });

  it('names the code of a failure, and passes it on', async () => {
    const driver = memoryDriver();
    const store = createStore({ driver, hooks: [metrics({ system: 'memory' })] });
    await store.set('a', SECRET);
    await expect(store.increment('a')).rejects.toMatchObject({ code: 'NOT_AN_INTEGER' });
    expect(durations[1]!.attributes).toMatchObject({ 'error.type': 'NOT_AN_INTEGER' });
    expect(spans[1]).toMatchObject({
      status: { code: 2, message: 'NOT_AN_INTEGER' },
      attributes: { 'error.type': 'NOT_AN_INTEGER' },
      ended: true,
    });
    const broken = { name: 'broken', around: () => Promise.reject(new Error(SECRET)) };
    const failing = createStore({ driver, hooks: [metrics({ system: 'memory' }), broken] });
    await expect(failing.get('a')).rejects.toThrow(SECRET);
    expect(durations[2]!.attributes).toMatchObject({ 'error.type': '_OTHER' });
    expect(JSON.stringify([durations, spans])).not.toContain(SECRET);
  });

  it('makes no spans if told so', async () => {
    const hooks = [metrics({ system: 'memory', spans: false })];
    await createStore({ driver: memoryDriver(), hooks }).get('a');
    expect([durations.length, spans.length]).toEqual([1, 0]);
  });
});
