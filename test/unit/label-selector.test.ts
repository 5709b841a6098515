import { expect } from 'chai';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import { parseLabelSelector, selects } from '../../src/domain/label-selector.ts';

describe('label selector', () => {
  const labels = { team: 'core', env: 'prod', empty: '', 'a.b/c': 'x' };
  const table: [selector: string, fits: boolean][] = [
    ['', true],
    ['  ', true],
    ['team=core', true],
    ['team==core', true],
    [' team = core , env = prod ', true],
    ['team=core,env=test', false],
    ['team=other', false],
    ['none=x', false],
    ['team!=core', false],
    ['team!=other', true],
    ['none!=x', true],
    ['env in (test, prod)', true],
    ['env in(test)', false],
    ['none in (a,)', false],
    ['env notin (test,prod)', false],
    ['env notin (test)', true],
    ['none notin (test)', true],
    ['team', true],
    ['none', false],
    ['!none', true],
    ['! team', false],
    ['empty=', true],
    ['empty in ()', true],
    ['a.b/c=x', true],
    ['toString', false],
    ['in in (a)', false],
    ['team,!none,env in (prod),team notin (x)', true],
  ];
  for (const [selector, fits] of table) {
    it(`"${selector}" ${fits ? 'fits' : 'does not fit'}`, () => expect(selects(parseLabelSelector(selector), labels)).to.equal(fits));
  }

  const faults: [selector: string, message: string][] = [
    ['=b', 'at character 1: expected the key of a label, found "=b"'],
    ['a=b,', 'at character 5: expected the key of a label, found its end'],
    ['a in x', 'at character 6: expected "(", found "x"'],
    ['a in (x', 'at character 8: expected "," or ")", found its end'],
    ['a b', 'at character 3: expected "=", "!=", "in", "notin" or ",", found "b"'],
    ['a=b=c', 'at character 4: expected "=", "!=", "in", "notin" or ",", found "=c"'],
    ['!', 'at character 2: expected the key of a label, found its end'],
  ];
  for (const [selector, message] of faults) {
    it(`"${selector}" is refused with the place`, () => expect(() => parseLabelSelector(selector)).to.throw(message));
  }

  it('reads or refuses any text, with a place inside it', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom('a', 'b', ' ', '=', '!', ',', '(', ')', 'in'), maxLength: 30 }), (text) => {
        try {
          parseLabelSelector(text);
        } catch (error) {
          const place = Number(/^at character (\d+): /.exec((error as Error).message)?.[1]);
          expect(place).to.be.within(1, text.length + 1);
        }
      }),
    );
  });
});
