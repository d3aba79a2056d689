import type { Theme } from '../suite/theme.js';
import { checkHistories, driverActor, runProgram, storeActor } from './program.js';

const ROUNDS = 4;

export const histories: Theme = {
  name: 'histories',
  tests: [
    {
      name: 'random concurrent programs on the driver are linearizable',
      async run(context) {
        const drivers = await context.clients(3);
        for (let round = 0; round < ROUNDS; round += 1) {
          const actors = drivers.map((driver) => driverActor(driver));
          checkHistories(await runProgram(context, actors, `driver${round}-`));
        }
      },
    },
    {
      name: 'random concurrent programs on stores are linearizable',
      async run(context) {
        const stores = await context.stores(3);
        for (let round = 0; round < ROUNDS; round += 1) {
          checkHistories(await runProgram(context, stores.map(storeActor), `store${round}-`));
        }
      },
    },
    {
      name: 'random concurrent programs, native and portable mixed, are linearizable',
      async run(context) {
        const drivers = await context.clients(2);
        const stores = drivers.flatMap((driver) => [
          context.store(driver),
          context.portableStore(driver),
        ]);
        for (let round = 0; round < ROUNDS; round += 1) {
          checkHistories(await runProgram(context, stores.map(storeActor), `mixed${round}-`));
        }
      },
    },
  ],
};
