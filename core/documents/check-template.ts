import Handlebars from 'handlebars';

/**
 * Refuses what a template has no need of: text put in without escaping, partials and decorators. Throws an Error that names the line.
 * `source` must be a string: a ready syntax tree would be run as code.
 */
export function checkTemplate(source: unknown): void {
  if (typeof source !== 'string') throw new Error('A template is a text.');
  const visitor = new Handlebars.Visitor();
  const refuse = (what: string) => (node: hbs.AST.Node) => {
    throw new Error(`${what} (line ${node.loc.start.line}).`);
  };
  const { MustacheStatement } = Handlebars.Visitor.prototype;
  visitor.MustacheStatement = function visit(this: unknown, node: hbs.AST.MustacheStatement) {
    if (!node.escaped) refuse('{{{…}}} and {{&…}} put text in without escaping and are not allowed: write {{…}}')(node);
    MustacheStatement.call(visitor, node);
  };
  visitor.PartialStatement = refuse('Partials {{> …}} are not known here: write their text into the template');
  visitor.PartialBlockStatement = refuse(
    'Partial blocks {{#> …}} are not known here: write their text into the template',
  );
  visitor.Decorator = refuse('Decorators {{* …}} are not allowed');
  visitor.DecoratorBlock = refuse('Inline partials {{#* …}} are not allowed');
  visitor.accept(Handlebars.parse(source));
}
