package model

func here() Machine { return hereCore().machine() }
