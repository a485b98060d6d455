import 'reflect-metadata';

import { runServer } from './run-server';

void runServer();
