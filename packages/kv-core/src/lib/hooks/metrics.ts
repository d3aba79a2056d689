import {
  type Attributes,
  metrics as meters,
  SpanKind,
  SpanStatusCode,
  trace,
} from '@opentelemetry/api';
import { isKvError } from '../errors/kv-error.js';
import type { Command, Hook } from './hook.js';
import { keysOf } from './logging.js';

/** Options of {@link metrics}. */
export interface MetricsOptions {
  /** `db.system.name`: the driver's name, such as `redis`. */
  readonly system: string;
  /** `db.namespace`, if there is one worth telling apart. */
  readonly namespace?: string | undefined;
  /** Makes a span for every command. Default `true`. */
  readonly spans?: boolean | undefined;
}

const SCOPE = '@grovekv/kv-core';
/** The boundaries that the semantic conventions for database clients advise, in seconds. */
const BOUNDARIES = [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 10];

/**
 * OpenTelemetry spans and the histogram `db.client.operation.duration`, by the semantic conventions for
 * database clients. Attributes name the system, the verb, the number of keys and the code of an error;
 * never keys or values. Uses the globally registered providers, and costs little where there are none.
 */
export function metrics({ system, namespace, spans = true }: MetricsOptions): Hook {
  const durations = meters.getMeter(SCOPE).createHistogram('db.client.operation.duration', {
    unit: 's',
    description: 'Duration of database client operations.',
    advice: { explicitBucketBoundaries: BOUNDARIES },
  });
  const tracer = trace.getTracer(SCOPE);

  const describe = (command: Command): Attributes => ({
    'db.system.name': system,
    'db.operation.name': command.verb,
    ...(namespace === undefined ? {} : { 'db.namespace': namespace }),
  });

  return {
    name: 'metrics',
    async around(command, next) {
      const attributes = describe(command);
      const startedAt = performance.now();
      const size = keysOf(command).length;
      const span = spans
        ? tracer.startSpan(`${command.verb} ${namespace ?? system}`, {
            kind: SpanKind.CLIENT,
            attributes: size > 1 ? { ...attributes, 'db.operation.batch.size': size } : attributes,
          })
        : undefined;
      try {
        return await next(command);
      } catch (error) {
        const type = isKvError(error) ? error.code : '_OTHER';
        attributes['error.type'] = type;
        span?.setAttribute('error.type', type);
        span?.setStatus({ code: SpanStatusCode.ERROR, message: type });
        throw error;
      } finally {
        durations.record((performance.now() - startedAt) / 1_000, attributes);
        span?.end();
      }
    },
  };
}
