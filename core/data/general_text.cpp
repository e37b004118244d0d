#include "core/data/general_text.h"

namespace attune {

const std::vector<std::string>& generalText() {
  static const std::vector<std::string> paragraphs{
      "The bakery on the corner opens at six in the morning. By seven the first loaves are gone, and the "
      "people who come later have to choose between rolls and yesterday's rye bread.",
      "Water freezes at zero degrees and boils at a hundred, but only at sea level. High in the mountains "
      "the air is thin, so water boils earlier and potatoes take longer to cook.",
      "My grandmother kept her letters in a wooden box under the bed. When she died we found three hundred "
      "of them, tied with string and sorted by year.",
      "The train to the coast was late again. Nobody at the station knew why, and the board only said that "
      "passengers should wait for further news.",
      "A bicycle needs little care: oil on the chain, air in the tyres, and brakes that are checked before a "
      "long ride. Most people forget all three until something breaks.",
      "The old bridge was built from stone that came down the river on rafts. It carried carts for two "
      "hundred years before the first car crossed it.",
      "She learned to swim when she was forty. At first she held on to the edge of the pool, and in the end "
      "she crossed the lake with her daughter beside her in a boat.",
      "Bees do not see red, but they see colours that we cannot. Many flowers have marks that are hidden "
      "from our eyes and show the insects where to land.",
      "The council met on Tuesday to talk about the new school. After three hours they agreed on the place "
      "but not on the money, and the meeting was put off for a month.",
      "To make a simple soup, fry an onion in butter, add two carrots and a potato, cover them with water "
      "and let everything cook for half an hour. Salt it at the end.",
      "The moon moves away from the earth by a few centimetres every year. Long ago it stood much nearer, "
      "and the tides were higher than any that we know.",
      "He had worked in the same office for thirty years and still did not know what the company made. "
      "Nobody had ever asked him, so he had never found out.",
      "In winter the village was cut off for weeks. People stored wood and flour in autumn, and the doctor "
      "came on skis when somebody was ill.",
      "The museum has a room full of clocks, and no two of them show the same time. The guard says that they "
      "were all right once, on the day when the room was opened.",
      "A good knife is sharp and heavy enough to do the work by itself. A blunt one is more dangerous, "
      "because it slips and because one has to press.",
      "The farmer looked at the sky and shook his head. If it did not rain before Sunday, the wheat would be "
      "lost, and with it most of the year's income.",
      "Children ask why the sky is blue, and few adults know the answer. Blue light is scattered by the air "
      "more than red, so it comes to us from every side.",
      "The two brothers had not spoken since the house was sold. At the wedding they stood at opposite ends "
      "of the hall, and each of them watched the door.",
      "The city built a new line for the tram last year. It runs from the harbour to the hospital, and in "
      "the evening it is full of nurses on their way home.",
      "Paper was once made from rags, which were collected from door to door. Only when wood was used "
      "instead did books become cheap enough for everybody.",
      "The team lost its first four games and then did not lose again until spring. The coach said that "
      "nothing had changed except that the players had begun to believe him.",
      "If you find a young bird on the ground, leave it where it is. Its parents are usually near, and they "
      "will go on feeding it as long as no one stands close by.",
      "The island can be reached by a small boat that sails twice a day. There are no cars on it, one shop, "
      "and a lighthouse that has been dark since the war.",
      "She opened the window and heard the market below: a man who called out the price of fish, a dog, two "
      "women who laughed, and somewhere a radio.",
      "Coffee came to Europe by way of the harbours of the south. At first it was sold as a medicine, and "
      "some doctors warned that it would keep people from their work.",
      "The judge listened to both sides and asked only one question. Then she closed the file and said that "
      "she would give her decision in writing before the end of the week.",
      "Most of the weight of a tree does not come from the ground. It comes from the air, out of which the "
      "leaves take the carbon that becomes wood.",
      "There was a note on the kitchen table: gone to the dentist, the key is with the neighbours, please do "
      "not feed the cat again, whatever she tells you.",
      "The price of the tickets went up twice this year, and still the hall is full every evening. People "
      "say that it is the only place in town where one can hear the old songs.",
      "A map is never quite right. What is round has to be made flat, and whoever draws it must choose "
      "whether to keep the shapes, the distances or the areas.",
      "The letter was sent to the wrong address and came back after a year. By then the offer that it held "
      "had long been given to someone else.",
      "He repaired radios in a room behind the shop. When nobody needed radios any more, he repaired "
      "telephones, and he never threw away a single screw.",
      "The river rose in the night. In the morning the lower road was under water, and the children went to "
      "school by the path over the hill.",
      "Sleep is not lost time. While we rest, the brain sorts what the day has brought, keeps a part of it "
      "and lets the rest go.",
      "The library lends more than books: there are games, tools, a sewing machine, and in summer even "
      "fishing rods. Everything has to be brought back after four weeks.",
      "They had planned to cross the desert in ten days, but the second car broke down on the third. After "
      "that they drove at night, slowly, and slept in the shade of the rocks.",
      "The new teacher wrote her name on the board and waited until it was quiet. Then she asked each of us "
      "to say one thing that we had never understood.",
      "Glass is made from sand, soda and lime, which are melted together in a furnace. Add a little iron and "
      "it turns green, a little cobalt and it turns blue.",
      "The shop closes at noon on Saturdays, and whoever comes five minutes later stands before a locked "
      "door. The owner can be seen through the window, eating his lunch.",
      "At the end of the path there is a bench from which one can see both valleys. Somebody has cut a date "
      "into the wood, and two letters that the rain has almost washed away.",
  };
  return paragraphs;
}

}  // namespace attune
