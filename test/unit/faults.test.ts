import { expect } from 'chai';
import { describe, it } from 'mocha';
import { Type, type TSchema } from 'typebox';
import { faultsOf } from '../../src/schema/faults.ts';
import { dropOmitted, raiseEnums } from '../../src/schema/tidy.ts';

const strict = { additionalProperties: false };
const said = (schema: TSchema, value: unknown): Record<string, string> =>
  Object.fromEntries(faultsOf(schema, value).map(({ place, message }) => [place, message]));

describe('faults', () => {
  const Person = Type.Object(
    {
      name: Type.String(),
      age: Type.Optional(Type.Integer({ minimum: 0, maximum: 150 })),
      mood: Type.Optional(Type.Enum(['HAPPY', 'SAD'])),
      port: Type.Optional(Type.Integer({ minimum: 1 })),
      tags: Type.Optional(Type.Array(Type.String())),
      even: Type.Optional(
        Type.Refine(
          Type.Integer(),
          (n) => n % 2 === 0,
          (n) => `must be even, not ${n}`,
        ),
      ),
      free: Type.Optional(Type.Unsafe<object>({ type: 'object', additionalProperties: { type: ['string', 'number'] } })),
      secret: Type.Optional(Type.String({ writeOnly: true })),
    },
    strict,
  );

  it('are none for what is right', () =>
    expect(faultsOf(Person, { name: 'x', age: 1, mood: 'SAD', free: { 'a.b': 1 } })).to.deep.equal([]));
  it('are all told at once, one for each problem, with what would be right', () =>
    expect(
      said(Person, {
        age: 151,
        mood: 'HAPY',
        port: 0,
        tags: ['a', 1],
        even: 3,
        free: { 'a.b': [] },
        ages: 3,
        constructor: 1,
        zzz: 1,
        secret: 5,
      }),
    ).to.deep.equal({
      name: 'is missing; it must be a string',
      age: 'must be from 0 to 150, not 151',
      mood: 'must be HAPPY or SAD, not "HAPY"; did you mean "HAPPY"?',
      port: 'must be at least 1, not 0',
      'tags[1]': 'must be a string, not 1',
      even: 'must be even, not 3',
      'free["a.b"]': 'must be a string or a number, not a list',
      ages: 'unknown field; did you mean "age"?',
      constructor: 'unknown field; known here: name, age, mood, port, tags, even, free, secret',
      zzz: 'unknown field; known here: name, age, mood, port, tags, even, free, secret',
      secret: 'must be a string, not what is there',
    }));
  it('of a wrong type are told once, although other rules break as well', () =>
    expect(said(Person, { name: 'x', even: 'y', age: 1.5 })).to.deep.equal({
      even: 'must be an integer, not "y"',
      age: 'must be an integer, not 1.5',
    }));
  it('of the whole value have no place', () => expect(said(Person, [])).to.deep.equal({ '': 'must be an object, not a list' }));

  describe('of a union', () => {
    const Shape = Type.Union([
      Type.Object({ kind: Type.Literal('circle'), radius: Type.Number() }, strict),
      Type.Object({ kind: Type.Literal('square'), side: Type.Number() }, strict),
    ]);
    const Holder = Type.Object({ shape: Shape, id: Type.Union([Type.String(), Type.Integer({ minimum: 1 })]) });

    it('are those of the branch that was meant', () =>
      expect(said(Holder, { id: 0, shape: { kind: 'circle', side: 1 } })).to.deep.equal({
        id: 'must be at least 1, not 0',
        'shape.side': 'unknown field; known here: kind, radius',
        'shape.radius': 'is missing; it must be a number',
      }));
    it('name the branches when none was meant', () =>
      expect(said(Holder, { id: true, shape: { kind: 'circel' } })).to.deep.equal({
        id: 'must be a string or an integer, not true',
        'shape.kind': 'must be circle or square, not "circel"; did you mean "circle"?',
      }));
    it('of the wrong type say so', () => expect(said(Holder, { id: 'x', shape: 5 })).to.deep.equal({ shape: 'must be an object, not 5' }));
  });

  it('more than eight are all told', () => {
    const Many = Type.Object(Object.fromEntries(Array.from({ length: 40 }, (_, i) => [`f${i}`, Type.String()])));
    expect(faultsOf(Many, {})).to.have.length(40);
    expect(faultsOf(Many, Object.fromEntries(Array.from({ length: 40 }, (_, i) => [`f${i}`, i])))).to.have.length(40);
  });
});

describe('tidying', () => {
  const Thing = Type.Object({
    state: Type.Optional(Type.Enum(['ON', 'OFF'])),
    level: Type.Optional(Type.Enum(['info', 'warn'])),
    name: Type.String(),
    nested: Type.Optional(Type.Object({ kind: Type.Optional(Type.Literal('JAR')) })),
    labels: Type.Optional(Type.Unsafe<object>({ type: 'object', additionalProperties: { type: 'string' } })),
    list: Type.Optional(Type.Array(Type.Enum(['A']))),
    free: Type.Optional(Type.Unknown()),
  });
  it('raises enums to upper case where the schema has them so', () =>
    expect(
      raiseEnums(Thing, { state: 'on', level: 'Info', name: 'on', nested: { kind: 'jar' }, list: ['a', 'b'], labels: { on: 'on' } }),
    ).to.deep.equal({
      state: 'ON',
      level: 'Info',
      name: 'on',
      nested: { kind: 'JAR' },
      list: ['A', 'b'],
      labels: { on: 'on' },
    }));
  it('drops null, and what Go clients send for empty; but not from maps, nor where it is required', () =>
    expect(
      dropOmitted(Thing, { state: null, level: '', name: '', nested: { kind: '' }, labels: { a: '', b: null }, free: {}, unknown: '' }),
    ).to.deep.equal({ name: '', labels: { a: '' }, unknown: '' }));
});
