package page

import (
	"fmt"

	"tnbench/internal/suggest"
)

// Language is a language that reports are written in, by its code.
type Language string

// The languages. Each has all sentences in a file of its own.
const (
	English  Language = "en"
	Japanese Language = "ja"
)

// sentences are all sentences of all languages.
var sentences = map[Language]map[string]string{English: english, Japanese: japanese}

// Languages lists the codes that ParseLanguage takes.
var Languages = []string{string(English), string(Japanese)}

// ParseLanguage returns the language of a code.
func ParseLanguage(code string) (Language, error) {
	if sentences[Language(code)] == nil {
		return "", suggest.Unknown("language", code, Languages)
	}
	return Language(code), nil
}

// say returns the sentence of a key with its figures put in. It panics if there is none:
// keys are constants of the program.
func (l Language) say(key string, figures ...any) string {
	sentence, ok := sentences[l][key]
	if !ok {
		panic("page: no sentence " + key)
	}
	if len(figures) == 0 {
		return sentence
	}
	return fmt.Sprintf(sentence, figures...)
}

// name returns what something is called that measurements name in English: under its key
// if there is one, else as it is.
func (l Language) name(kind, name string) string {
	if said, ok := sentences[l][kind+"."+name]; ok {
		return said
	}
	return name
}
