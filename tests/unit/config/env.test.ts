import { describe, expect, it } from 'vitest';
import { ConfigError, readConfig } from '../../../src/config/env.ts';

describe('readConfig', () => {
  it('needs an owner and has a default for the rest', () => {
    expect(readConfig({ AUTOMIRROR_OWNER: 'automirror-prod' })).toEqual({
      owner: 'automirror-prod',
      busName: 'default',
      logLevel: 'info',
    });
  });

  it('takes everything it is told', () => {
    const env = {
      AUTOMIRROR_OWNER: 'a',
      AUTOMIRROR_BUS: 'security',
      AUTOMIRROR_LOG_LEVEL: 'debug',
      AWS_ENDPOINT_URL: 'http://127.0.0.1:4566',
      PATH: '/bin',
    };
    expect(readConfig(env)).toEqual({ owner: 'a', busName: 'security', logLevel: 'debug', endpoint: 'http://127.0.0.1:4566' });
  });

  it('takes empty values as not given', () => {
    const env = { AUTOMIRROR_OWNER: 'a', AUTOMIRROR_BUS: '', AUTOMIRROR_LOG_LEVEL: '', AWS_ENDPOINT_URL: '' };
    expect(readConfig(env)).toEqual({ owner: 'a', busName: 'default', logLevel: 'info' });
  });

  it.each([
    ['no owner', {}, 'AUTOMIRROR_OWNER'],
    ['an empty owner', { AUTOMIRROR_OWNER: '' }, 'AUTOMIRROR_OWNER'],
    ['an owner of blanks', { AUTOMIRROR_OWNER: '  ' }, 'AUTOMIRROR_OWNER'],
    ['an owner with a blank at an end', { AUTOMIRROR_OWNER: 'a ' }, 'AUTOMIRROR_OWNER'],
    ['an owner that is too long', { AUTOMIRROR_OWNER: 'a'.repeat(129) }, 'AUTOMIRROR_OWNER'],
    ['an owner with a wildcard', { AUTOMIRROR_OWNER: 'a*' }, 'AUTOMIRROR_OWNER'],
    ['an owner with a line break', { AUTOMIRROR_OWNER: 'a\n' }, 'AUTOMIRROR_OWNER'],
    ['a level that does not exist', { AUTOMIRROR_OWNER: 'a', AUTOMIRROR_LOG_LEVEL: 'verbose' }, 'AUTOMIRROR_LOG_LEVEL'],
    ['a level in capitals', { AUTOMIRROR_OWNER: 'a', AUTOMIRROR_LOG_LEVEL: 'INFO' }, 'AUTOMIRROR_LOG_LEVEL'],
    ['an endpoint that is no address', { AUTOMIRROR_OWNER: 'a', AWS_ENDPOINT_URL: 'localhost' }, 'AWS_ENDPOINT_URL'],
    ['an endpoint of another kind', { AUTOMIRROR_OWNER: 'a', AWS_ENDPOINT_URL: 'file:///etc/passwd' }, 'AWS_ENDPOINT_URL'],
  ])('refuses %s, naming the variable', (_what, env, variable) => {
    expect(() => readConfig(env)).toThrow(ConfigError);
    expect(() => readConfig(env)).toThrow(variable);
  });

  it('gives a config that nothing can change', () => {
    expect(Object.isFrozen(readConfig({ AUTOMIRROR_OWNER: 'a' }))).toBe(true);
  });
});
