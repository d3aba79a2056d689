export type { DynamodbAttributes } from './lib/attributes.js';
export { type DynamodbDriverOptions, dynamodbDriver } from './lib/dynamodb-driver.js';
