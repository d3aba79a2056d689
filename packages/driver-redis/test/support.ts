export * from '../../../tests/support/probe.js';
