'use strict';

/* What tsc does not see: markup made from strings, code made from strings, and files and functions that grow too large. */

const rules = {
    'curly': 'error',
    'eqeqeq': 'error',
    'max-len': ['error', {code: 140}],
    'max-lines': ['error', 400],
    'max-lines-per-function': ['error', {max: 110, skipComments: true}],
    'no-eval': 'error',
    'no-implied-eval': 'error',
    'no-new-func': 'error',
    'no-restricted-properties': ['error',
        ...['innerHTML', 'outerHTML', 'insertAdjacentHTML', 'setHTMLUnsafe'].map((property) =>
            ({property, message: 'foreign text reaches the document as text only'})),
    ],
    'no-shadow': 'error',
    'no-var': 'error',
    'prefer-const': 'error',
};

module.exports = [{
    files: ['**/render/assets/**/*.js'],
    languageOptions: {sourceType: 'script', ecmaVersion: 2024},
    rules,
}];
